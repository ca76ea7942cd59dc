package org.shallownet.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds the libraries of the {@linkplain CudaEmulator CUDA emulation} with g++, once for each
 * content of their sources: {@code target/cuda-emulator/<hash>/libcuda.so.1} and the others.
 * Several JVMs may ask at once: one builds, the rest wait for it.
 */
final class EmulatorBuild {
  /** The version of CUDA that is emulated: 12, or 13 by {@code -Dcuda.emulator.version=13}. */
  private static final int VERSION = Integer.getInteger("cuda.emulator.version", 12);

  private static final String BLAS = "libcublas.so." + VERSION;
  private static final String NVRTC = "libnvrtc.so." + VERSION;

  /** The libraries, in the order in which they must be loaded. */
  static final List<String> LIBRARIES = List.of("libcuda.so.1", BLAS, NVRTC);

  private static final Path SOURCES = Path.of("src", "test", "cuda-emulator");
  private static final List<String> HEADERS = List.of("cuda_shim.h", "kernel_abi.h", "shim_math.h");
  private static final List<String> BLAS_SOURCES = List.of("cublas.cpp");
  private static final List<String> NVRTC_SOURCES = List.of("nvrtc.cpp", "kernel_source.cpp");

  /** What is linked into each kernel's module, and into none of the libraries. */
  private static final List<String> MODULE_SOURCES = List.of("checks.cpp");

  private static final List<String> FLAGS =
      List.of(
          "-std=c++17",
          "-O2",
          "-fPIC",
          "-fvisibility=hidden",
          "-Wall",
          "-Wextra",
          "-Werror",
          "-Wno-unused-parameter",
          "-DEMULATED_CUDA=" + VERSION);

  private final Path out;
  private final int buildNumber;

  private EmulatorBuild(Path out, int buildNumber) {
    this.out = out;
    this.buildNumber = buildNumber;
  }

  /** Builds the libraries and prints their folder, for programs that are no tests. */
  public static void main(String[] args) throws IOException {
    System.out.println(folder());
  }

  /**
   * The folder with the libraries, which are built when they aren't there yet.
   *
   * @throws IOException if they don't compile, with the compiler's output
   */
  static Path folder() throws IOException {
    Path root = target().resolve("cuda-emulator");
    Files.createDirectories(root);
    byte[] hash = contentHash();
    Path folder = root.resolve(HexFormat.of().formatHex(hash, 0, 8));
    if (Files.isDirectory(folder)) {
      return folder;
    }
    try (FileChannel channel =
            FileChannel.open(
                root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (lock.isValid() && !Files.isDirectory(folder)) {
        Path work = Files.createTempDirectory(root, "building-");
        try {
          new EmulatorBuild(work, ByteBuffer.wrap(hash).getInt() & Integer.MAX_VALUE).build();
          Files.move(work, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          deleteTree(work);
        }
      }
    }
    return folder;
  }

  /** Maven's output folder, wherever this build has it. */
  private static Path target() {
    try {
      return Path.of(
              EmulatorBuild.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Of everything that the libraries are made from: sources, flags and compiler. */
  private static byte[] contentHash() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path source : files("")) {
        digest.update(source.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        digest.update(Files.readAllBytes(source));
      }
      digest.update(FLAGS.toString().getBytes(StandardCharsets.UTF_8));
      digest.update(run(List.of("g++", "--version")).getBytes(StandardCharsets.UTF_8));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> files(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .sorted()
          .collect(Collectors.toList());
    }
  }

  private void build() throws IOException {
    Path headers = Files.createDirectory(out.resolve("include"));
    for (String header : HEADERS) {
      Files.copy(SOURCES.resolve(header), headers.resolve(header));
    }
    List<String> sources =
        files(".cpp").stream().map(file -> file.getFileName().toString()).toList();
    compile(sources);
    List<String> driver = new ArrayList<>(sources);
    driver.removeAll(BLAS_SOURCES);
    driver.removeAll(NVRTC_SOURCES);
    driver.removeAll(MODULE_SOURCES);
    link("libcuda.so.1", driver, "JCudaDriver", "cu");
    link(BLAS, BLAS_SOURCES, "JCublas2", "cublas");
    link(NVRTC, NVRTC_SOURCES, "JNvrtc", "nvrtc");
  }

  private void compile(List<String> sources) throws IOException {
    try {
      sources.parallelStream()
          .forEach(
              source -> {
                try {
                  compile(source);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void compile(String source) throws IOException {
    Path jni = Path.of(System.getProperty("java.home"), "include");
    List<String> command = new ArrayList<>(List.of("g++", "-c"));
    command.addAll(FLAGS);
    command.addAll(List.of("-DEMULATOR_BUILD=" + buildNumber, "-I" + jni));
    command.add("-I" + jni.resolve("linux"));
    command.addAll(List.of(SOURCES.resolve(source).toString(), "-o", object(source)));
    run(command);
  }

  private String object(String source) {
    return out.resolve(source + ".o").toString();
  }

  /**
   * Makes a library of compiled sources and of stubs for whatever else JCuda imports.
   *
   * @param client the JCuda native that is linked against the library
   * @param prefix what the names of the library's functions begin with
   */
  private void link(String library, List<String> sources, String client, String prefix)
      throws IOException {
    Path stubs = out.resolve(client + "_stubs.cpp");
    Files.writeString(stubs, stubs(client, prefix));
    List<String> command = new ArrayList<>(List.of("g++", "-shared", "-fPIC", "-Wl,-z,defs"));
    command.addAll(List.of("-static-libgcc", "-static-libstdc++", "-Wl,-soname," + library));
    sources.forEach(source -> command.add(object(source)));
    command.add(stubs.toString());
    if (!prefix.equals("cu")) {
      // The driver's symbols have no versions; those of the other libraries are named after them.
      Path map = out.resolve(client + ".map");
      Files.writeString(map, library + " { global: " + prefix + "*; local: *; };\n");
      command.add("-Wl,--version-script=" + map);
      command.add(out.resolve("libcuda.so.1").toString());
    }
    command.addAll(List.of("-o", out.resolve(library).toString(), "-lpthread", "-ldl"));
    run(command);
  }

  /** Weak functions that report themselves; what the emulation defines wins over them. */
  private String stubs(String client, String prefix) throws IOException {
    Path extracted = unpack(client, out);
    Stream<String> imports = imports(extracted, prefix);
    Files.delete(extracted);
    String stub =
        """
        __attribute__((visibility("default"), weak)) int NAME() {
          return emulator_unsupported("NAME");
        }
        """;
    return imports
        .map(name -> stub.replace("NAME", name))
        .collect(
            Collectors.joining(
                "", "extern \"C\" {\nint emulator_unsupported(const char* function);\n", "}\n"));
  }

  /** Unpacks a native side of JCuda. */
  static Path unpack(String client, Path folder) throws IOException {
    String file = "lib" + client + "-12.6.0-linux-x86_64.so";
    Path extracted = Files.createDirectories(folder).resolve(file);
    try (InputStream in = EmulatorBuild.class.getResourceAsStream("/lib/" + file)) {
      if (in == null) {
        throw new IOException("JCuda's " + file + " is not on the class path");
      }
      Files.copy(in, extracted, StandardCopyOption.REPLACE_EXISTING);
    }
    return extracted;
  }

  /** The functions that a library imports whose names begin so. */
  static Stream<String> imports(Path library, String prefix) throws IOException {
    return run(List.of("nm", "-D", "--undefined-only", library.toString()))
        .lines()
        .map(line -> line.replaceAll("^.* ", "").replaceAll("@.*", ""))
        .filter(name -> name.startsWith(prefix))
        .distinct();
  }

  /** Runs a program to its end and gives what it printed. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + "\n" + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + command.get(0), e);
    }
    return output;
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
