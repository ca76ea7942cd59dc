package org.shallownet.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
 * content of its sources: {@code target/cuda-emulator/<hash>/libcuda.so.1} and the others. Several
 * test JVMs may ask at once; one builds while the rest wait.
 */
final class EmulatorBuild {
  private static final Path SOURCES = Path.of("src", "test", "cuda-emulator");
  private static final String HEADERS = "include";

  /**
   * A library to build: its file name, its sources, and the JCuda native whose imports it must
   * satisfy.
   */
  private record Library(String soname, List<String> sources, String client, String prefix) {
    /** Symbol versions: libcuda.so.1 has none. */
    boolean versioned() {
      return !soname.equals("libcuda.so.1");
    }
  }

  static final List<String> LIBRARIES =
      List.of("libcuda.so.1", "libcublas.so.12", "libnvrtc.so.12");

  private static final List<Library> PARTS =
      List.of(
          new Library(
              "libcuda.so.1",
              List.of("cuemu_exec.cpp", "cuemu_driver.cpp", "cuemu_control.cpp"),
              "JCudaDriver",
              "cu"),
          new Library("libcublas.so.12", List.of("cuemu_cublas.cpp"), "JCublas2", "cublas"),
          new Library("libnvrtc.so.12", List.of("cuemu_nvrtc.cpp"), "JNvrtc", "nvrtc"));

  private EmulatorBuild() {}

  /** The folder with the libraries, built when it isn't there yet. */
  static Path folder() throws IOException {
    Path root = target().resolve("cuda-emulator");
    Files.createDirectories(root);
    Path folder = root.resolve(contentHash());
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
          build(work);
          Files.move(work, folder, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          deleteTree(work);
        }
      }
    }
    return folder;
  }

  private static Path target() {
    try {
      return Path.of(
              EmulatorBuild.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .getParent();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String contentHash() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path source : sources()) {
        digest.update(source.getFileName().toString().getBytes(StandardCharsets.UTF_8));
        digest.update(Files.readAllBytes(source));
      }
      digest.update(run(List.of("g++", "--version")).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files.sorted().collect(Collectors.toList());
    }
  }

  private static void build(Path out) throws IOException {
    Path headers = Files.createDirectory(out.resolve(HEADERS));
    for (String header : List.of("cuemu_abi.h", "cuemu_shim.h")) {
      Files.copy(SOURCES.resolve(header), headers.resolve(header));
    }
    for (Library library : PARTS) {
      build(library, out);
    }
  }

  private static void build(Library library, Path out) throws IOException {
    Path stubs = out.resolve(library.client() + "-stubs.cpp");
    Files.writeString(stubs, stubs(library, out));
    List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", "-O2", "-fPIC", "-shared"));
    command.addAll(
        List.of(
            "-fvisibility=hidden",
            "-Wall",
            "-Wextra",
            "-Wno-unused-parameter",
            "-Wno-missing-field-initializers",
            "-static-libgcc",
            "-static-libstdc++",
            "-Wl,-z,defs"));
    Path jdk = Path.of(System.getProperty("java.home"), "include");
    command.addAll(List.of("-I" + jdk, "-I" + jdk.resolve("linux")));
    command.add("-Wl,-soname," + library.soname());
    if (library.versioned()) {
      Path map = out.resolve(library.client() + ".map");
      Files.writeString(
          map, library.soname() + " { global: " + library.prefix() + "*; local: *; };\n");
      command.add("-Wl,--version-script=" + map);
    }
    for (String source : library.sources()) {
      command.add(SOURCES.resolve(source).toString());
    }
    command.add(stubs.toString());
    if (library.versioned()) {
      command.add(out.resolve(LIBRARIES.get(0)).toString());
    }
    command.addAll(List.of("-o", out.resolve(library.soname()).toString(), "-lpthread", "-ldl"));
    run(command);
  }

  /**
   * A weak function for every symbol that JCuda imports: what the emulation defines itself wins
   * when linking.
   */
  private static String stubs(Library library, Path out) throws IOException {
    String file = "lib" + library.client() + "-12.6.0-linux-x86_64.so";
    Path client = out.resolve(file);
    try (InputStream in = EmulatorBuild.class.getResourceAsStream("/lib/" + file)) {
      if (in == null) {
        throw new IOException("JCuda's " + file + " is not on the class path");
      }
      Files.copy(in, client);
    }
    String report = library.soname().replaceAll("^lib(.*)\\.so.*", "cuemu_$1_unsupported");
    String imports = run(List.of("nm", "-D", "--undefined-only", client.toString()));
    Files.delete(client);
    return imports
        .lines()
        .map(line -> line.replaceAll("^.* ", "").replaceAll("@.*", ""))
        .filter(name -> name.startsWith(library.prefix()))
        .distinct()
        .sorted()
        .map(
            name ->
                "__attribute__((visibility(\"default\"), weak)) int "
                    + name
                    + "() { return "
                    + report
                    + "(\""
                    + name
                    + "\"); }\n")
        .collect(
            Collectors.joining("", "extern \"C\" {\nint " + report + "(const char*);\n", "}\n"));
  }

  /** Runs a program to its end; what it printed. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + "\n" + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
