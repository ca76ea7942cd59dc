package org.shallownet.backend.cuda.natives;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Availability;
import org.shallownet.backend.Availability.Reason;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.folders.Planting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads CUDA's libraries and the native sides of JCuda, so that JCuda's classes can be used without
 * any option for Java or variable of the environment.
 *
 * <p>By itself JCuda unpacks its native sides under fixed names into the shared temporary folder,
 * takes what lies there unchecked, and leaves it to the loader to find CUDA 12. Here they come from
 * a {@link NativeCache}, CUDA is looked for in {@link LibraryFolders}, and where there is only CUDA
 * 13 the native sides are retargeted to it ({@link ElfRetarget}).
 *
 * <p>What was tried is remembered, a failure with its reason: neither a library nor a class can be
 * loaded a second time. No class of JCuda may be initialised before.
 */
public final class CudaNatives {
  /** The name of the backend that they are for. */
  public static final String BACKEND = "cuda";

  private static final Logger LOG = LoggerFactory.getLogger(CudaNatives.class);
  private static final String VERSION = "12.6.0";

  /** The major version that JCuda was linked with, and the one that it can be retargeted to. */
  private static final List<Integer> MAJORS = List.of(12, 13);

  /** Functions that JCuda has and CUDA 13 has not; nothing here calls them. */
  private static final Set<String> DROPPED_IN_CUDA_13 = Set.of("nvrtcGetNVVM", "nvrtcGetNVVMSize");

  private static final CudaNatives THIS_PROCESS =
      new CudaNatives(LibraryFolders.ofThisMachine(), NativeCache.ofThisUser());

  private final LibraryFolders folders;
  private final NativeCache cache;
  private final Map<Binding, Loaded> loaded = new EnumMap<>(Binding.class);
  private final Map<Binding, BackendUnavailableException> failed = new EnumMap<>(Binding.class);

  /** A native side of JCuda and the library of NVIDIA's that it needs. */
  enum Binding {
    /** The driver's library, which is the same for all versions of CUDA. */
    DRIVER("JCudaDriver", "jcuda.driver.JCudaDriver", "libcuda", "", Reason.NO_DRIVER),
    /** The compiler; it looks for its companion by itself, and not everywhere. */
    NVRTC("JNvrtc", "jcuda.nvrtc.JNvrtc", "libnvrtc", "libnvrtc-builtins", Reason.NO_NVRTC),
    /** Matrix products. */
    CUBLAS("JCublas2", "jcuda.jcublas.JCublas2", "libcublas", "libcublasLt", Reason.NO_CUBLAS);

    private final String nativeSide;
    private final String className;
    private final String library;
    private final String companion;
    private final Reason missing;

    Binding(String nativeSide, String className, String library, String companion, Reason missing) {
      this.nativeSide = nativeSide;
      this.className = className;
      this.library = library;
      this.companion = companion;
      this.missing = missing;
    }

    /** The file name of NVIDIA's library. */
    String soname(int major) {
      return library + ".so." + major;
    }

    private String fileName() {
      return "lib" + nativeSide + "-" + VERSION + "-linux-x86_64.so";
    }
  }

  /**
   * What a binding uses.
   *
   * @param library NVIDIA's library
   * @param major its major version
   * @param retargeted whether JCuda was linked with another one
   */
  public record Loaded(Path library, int major, boolean retargeted) {
    @Override
    public String toString() {
      return library + (retargeted ? " (JCuda retargeted from CUDA 12)" : "");
    }
  }

  /** Natives of a machine with these folders; for one process there should be one. */
  public CudaNatives(LibraryFolders folders, NativeCache cache) {
    this.folders = folders;
    this.cache = cache;
  }

  /** This process's. */
  public static CudaNatives ofThisProcess() {
    return THIS_PROCESS;
  }

  /** Where it looks for libraries, in that order, for people. */
  public String searched() {
    return folders.all().stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /**
   * Loads the driver's library and its binding.
   *
   * @throws BackendUnavailableException if that is not possible here; always the same one
   */
  public synchronized Loaded loadDriver() {
    return load(Binding.DRIVER, List.of(1));
  }

  /**
   * Loads NVRTC and its binding, which need neither driver nor card.
   *
   * @param highestMajor the highest version of CUDA that what it makes may need
   * @throws BackendUnavailableException if that is not possible here; always the same one
   */
  public synchronized Loaded loadNvrtc(int highestMajor) {
    return load(Binding.NVRTC, majors(highestMajor));
  }

  /**
   * Loads cuBLAS and its binding.
   *
   * @param highestMajor the highest version of CUDA that the driver serves
   * @throws BackendUnavailableException if that is not possible here; always the same one
   */
  public synchronized Loaded loadCublas(int highestMajor) {
    return load(Binding.CUBLAS, majors(highestMajor));
  }

  private static List<Integer> majors(int highest) {
    return MAJORS.stream().filter(major -> major <= highest).toList();
  }

  private Loaded load(Binding binding, List<Integer> majors) {
    BackendUnavailableException failure = failed.get(binding);
    if (failure != null) {
      throw failure;
    }
    Loaded before = loaded.get(binding);
    if (before != null) {
      return before;
    }
    try {
      Loaded result = loadNow(binding, majors);
      LOG.debug("{}: {}", binding, result);
      loaded.put(binding, result);
      return result;
    } catch (BackendUnavailableException e) {
      failed.put(binding, e);
      throw e;
    } catch (LinkageError | RuntimeException e) {
      BackendUnavailableException unloadable = unloadable(binding.nativeSide, e);
      failed.put(binding, unloadable);
      throw unloadable;
    }
  }

  private Loaded loadNow(Binding binding, List<Integer> majors) {
    requirePlatform();
    byte[] nativeSide = nativeSide(binding);
    Throwable refusal = null;
    String refused = "";
    for (int major : majors) {
      for (Path folder : folders.all()) {
        Optional<Path> library = LibraryFolders.find(folder, binding.soname(major));
        if (library.isEmpty()) {
          continue;
        }
        try {
          return load(binding, nativeSide, major, folder, library.get());
        } catch (UnsatisfiedLinkError | IOException | IllegalArgumentException e) {
          LOG.debug("{} can't be used", library.get(), e);
          if (refusal == null) {
            refusal = e;
            refused = library.get().toString();
          }
        }
      }
    }
    if (binding == Binding.DRIVER && refusal == null && folders.driverRuns()) {
      return loadByName(binding, nativeSide);
    }
    try {
      Optional<Path> unpacked = binding == Binding.DRIVER ? Optional.empty() : unpack(binding);
      if (unpacked.isPresent()) {
        Path library = unpacked.get();
        bind(binding, nativeSide, MAJORS.get(0));
        return new Loaded(library, MAJORS.get(0), false);
      }
    } catch (UnsatisfiedLinkError | IOException e) {
      throw unloadable(binding.soname(MAJORS.get(0)) + " of the class path", e);
    }
    throw refusal == null ? missing(binding, majors) : unloadable(refused, refusal);
  }

  /** The loader may know of a driver where no folder that is known has one. */
  private Loaded loadByName(Binding binding, byte[] nativeSide) {
    String name = binding.soname(1);
    try {
      bind(binding, nativeSide, 1);
      return new Loaded(Path.of(name), 1, false);
    } catch (UnsatisfiedLinkError | IOException e) {
      LOG.debug("the loader does not find {}", name, e);
      throw missing(binding, List.of(1));
    }
  }

  private Loaded load(Binding binding, byte[] nativeSide, int major, Path folder, Path library)
      throws IOException {
    boolean retargeted = binding != Binding.DRIVER && major != MAJORS.get(0);
    byte[] content =
        retargeted
            ? ElfRetarget.retarget(
                nativeSide,
                binding.soname(MAJORS.get(0)),
                binding.soname(major),
                DROPPED_IN_CUDA_13)
            : nativeSide;
    // Once loaded, they satisfy needs by name, wherever the loader itself would look.
    if (!binding.companion.isEmpty()) {
      for (Path file : Folders.list(folder, binding.companion + ".so." + major)) {
        loadNamed(file);
      }
    }
    loadNamed(library);
    bind(binding, content, major);
    return new Loaded(library, major, retargeted);
  }

  /** Loads a library from a folder that the machine or its user names, not one of anybody's. */
  private static void loadNamed(Path library) throws IOException {
    Planting.requireNoneOfAnybody(library);
    System.load(library.toAbsolutePath().toString());
  }

  /** Loads JCuda's native side and initialises its class. */
  private void bind(Binding binding, byte[] content, int major) throws IOException {
    Path file = unpackAndLoad(NativeFile.of(binding.fileName(), content));
    LOG.debug("{} for CUDA {}: {}", binding, major, file);
    initialise(binding.className, file.getParent());
  }

  /**
   * Initialises a class of JCuda, which looks for its native side in the temporary folder and loads
   * it again; that of the same file is no more than a question.
   */
  private static void initialise(String className, @Nullable Path folder) throws IOException {
    // The JDK remembers the temporary folder at first use: it should see the real one.
    Files.delete(Files.createTempFile(folder, "temporary", null));
    Files.delete(
        File.createTempFile("temporary", null, folder == null ? null : folder.toFile()).toPath());
    String before = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", String.valueOf(folder));
    try {
      Class<?> bound = Class.forName(className, true, CudaNatives.class.getClassLoader());
      // JCuda has no module's name that could be required, and may be on the class path beside a
      // module path.
      CudaNatives.class.getModule().addReads(bound.getModule());
    } catch (ClassNotFoundException e) {
      throw new NoClassDefFoundError(e.getMessage());
    } finally {
      if (before == null) {
        System.clearProperty("java.io.tmpdir");
      } else {
        System.setProperty("java.io.tmpdir", before);
      }
    }
  }

  /** Unpacks a library and its companions from a CUDA jar on the class path and loads them. */
  private Optional<Path> unpack(Binding binding) throws IOException {
    CudaJar jar = new CudaJar(CudaNatives.class.getClassLoader());
    List<String> names = new ArrayList<>();
    names.addAll(jar.names(binding.companion, MAJORS.get(0)));
    names.add(binding.soname(MAJORS.get(0)));
    Path last = null;
    for (String name : names) {
      Optional<URL> resource = jar.find(name);
      if (resource.isEmpty()) {
        return Optional.empty();
      }
      LOG.debug("unpacking {} unless it is there", resource.get());
      last = unpackAndLoad(NativeFile.of(name, resource.get()));
    }
    return Optional.ofNullable(last);
  }

  private Path unpackAndLoad(NativeFile library) {
    try {
      return cache.load(library, path -> System.load(path.toString()));
    } catch (IOException e) {
      BackendUnavailableException unpackable =
          unavailable(
              Reason.UNLOADABLE,
              words(e),
              "make room, or set XDG_CACHE_HOME to a folder where you can write and execute");
      unpackable.initCause(e);
      throw unpackable;
    }
  }

  private static byte[] nativeSide(Binding binding) {
    String resource = "lib/" + binding.fileName();
    try (InputStream in = CudaNatives.class.getClassLoader().getResourceAsStream(resource)) {
      if (in != null) {
        return in.readAllBytes();
      }
    } catch (IOException e) {
      throw unloadable(binding.fileName(), e);
    }
    throw unavailable(
        Reason.NOT_INSTALLED,
        "JCuda's native side " + binding.fileName() + " is not on the class path",
        "add org.jcuda:jcuda-natives and org.jcuda:jcublas-natives "
            + VERSION
            + " with classifier linux-x86_64");
  }

  private static void requirePlatform() {
    String system = System.getProperty("os.name", "");
    String processor = System.getProperty("os.arch", "");
    if (!system.equals("Linux") || !processor.equals("amd64")) {
      throw unavailable(
          Reason.UNSUPPORTED_PLATFORM,
          "JCuda runs on Linux on x86-64 only, and this is " + system + " on " + processor,
          "use --backend cpu here");
    }
    if (!Files.exists(Path.of("/lib64/ld-linux-x86-64.so.2"))
        && Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))) {
      throw unavailable(
          Reason.UNSUPPORTED_PLATFORM,
          "JCuda needs the C library glibc, and this system has musl",
          "use a distribution with glibc, such as Debian or Ubuntu, or --backend cpu");
    }
  }

  private BackendUnavailableException missing(Binding binding, List<Integer> majors) {
    if (binding == Binding.DRIVER) {
      boolean kernelSide = folders.driverRuns();
      return unavailable(
          binding.missing,
          kernelSide
              ? "the system runs NVIDIA's driver, but its library libcuda.so.1 is not to be found"
              : "NVIDIA's driver is not installed: there is no libcuda.so.1",
          kernelSide
              ? "in a container, start it with --gpus all and NVIDIA's container toolkit"
              : "install NVIDIA's driver, or in a container start it with --gpus all");
    }
    String name = binding == Binding.NVRTC ? "NVRTC" : "cuBLAS";
    List<String> wanted = majors.stream().map(binding::soname).toList();
    boolean tooNew =
        !majors.contains(13)
            && folders.all().stream()
                .anyMatch(folder -> LibraryFolders.find(folder, binding.soname(13)).isPresent());
    StringBuilder explanation = new StringBuilder("CUDA's library ").append(name);
    explanation.append(" is missing: there is no ").append(String.join(" or ", wanted));
    if (tooNew) {
      explanation.append(", and the driver is too old for ").append(binding.soname(13));
    }
    folders
        .unusable()
        .forEach(
            folder ->
                explanation
                    .append(", and ")
                    .append(folder)
                    .append(" of -D" + LibraryFolders.PROPERTY + " can't be read"));
    return unavailable(
        binding.missing,
        explanation.toString(),
        "install CUDA 12"
            + (majors.contains(13) ? " or 13" : "")
            + ", or name its folder with -D"
            + LibraryFolders.PROPERTY
            + "=FOLDER, or let Maven bring it (./mvnw -Pcuda-redist"
            + " dependency:copy-dependencies@runtime-libraries)");
  }

  private static BackendUnavailableException unloadable(String what, Throwable cause) {
    BackendUnavailableException e =
        unavailable(
            Reason.UNLOADABLE,
            what + " can't be loaded: " + words(cause),
            "reinstall what it belongs to, or name another folder with -D"
                + LibraryFolders.PROPERTY
                + "=FOLDER");
    e.initCause(cause);
    return e;
  }

  /** What the loader says, without the path that it says first, often twice. */
  private static String words(Throwable cause) {
    StringBuilder all = new StringBuilder(word(cause));
    for (Throwable folder : cause.getSuppressed()) {
      all.append("; ").append(word(folder));
    }
    return all.toString();
  }

  private static String word(Throwable cause) {
    if (cause instanceof AccessDeniedException denied) {
      return denied.getFile() + " can't be written";
    }
    String message = Objects.requireNonNullElse(cause.getMessage(), cause.toString());
    String[] parts = message.split(": ", 3);
    return parts.length == 3 && parts[0].equals(parts[1]) ? parts[2] : message;
  }

  private static BackendUnavailableException unavailable(
      Reason reason, String explanation, String fix) {
    return new BackendUnavailableException(
        BACKEND, new Availability.Unavailable(reason, explanation, fix));
  }
}
