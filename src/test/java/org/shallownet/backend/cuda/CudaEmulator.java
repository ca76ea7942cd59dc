package org.shallownet.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA driver, cuBLAS and NVRTC emulated on the CPU: JCuda and the kernels run on it unchanged.
 * A JVM that has loaded it has no other CUDA.
 *
 * <p>What it finds wrong in a kernel (an access outside what is allocated, a misaligned one, a
 * barrier that not all threads reach) ends the launch with the code that a card would give, and
 * {@link #lastComplaint} says where.
 */
public final class CudaEmulator {
  /** What is given out and must be given back. */
  enum Resource {
    DEVICE_MEMORY,
    PINNED_MEMORY,
    MODULE,
    STREAM,
    EVENT,
    GRAPH,
    EXECUTABLE_GRAPH,
    CONTEXT,
    BLAS_HANDLE,
    NVRTC_PROGRAM
  }

  /** What a card may do otherwise than the emulation does by itself. */
  enum Noise {
    /** Products of a batch add up in another order than single ones. */
    BATCHES(1),
    /** Mathematical functions are off by up to 2 units in the last place. */
    FUNCTIONS(2),
    /** What has never run must be loaded first, which can't be done while a stream captures. */
    LOADING(4);

    private final int bit;

    Noise(int bit) {
      this.bit = bit;
    }
  }

  /** The system property that names the noises of this JVM, with commas between them. */
  private static final String NOISE_PROPERTY = "cuda.emulator.noise";

  private static @Nullable Path folder;
  private static @Nullable String reason;

  private CudaEmulator() {}

  /** Whether it can be built and loaded here; the first call does both. */
  public static boolean available() {
    return unavailableReason() == null;
  }

  /** Why not, in a sentence; null where it is available. */
  public static synchronized @Nullable String unavailableReason() {
    if (folder == null && reason == null) {
      reason = prepare();
    }
    return reason;
  }

  private static @Nullable String prepare() {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      return "the CUDA emulation runs on Linux on x86-64 only";
    }
    Path jni = Path.of(System.getProperty("java.home"), "include", "jni.h");
    if (!Files.exists(jni)) {
      return "the CUDA emulation is built with a JDK's headers: there is no " + jni;
    }
    for (String tool : new String[] {"g++", "nm"}) {
      try {
        new ProcessBuilder(tool, "--version")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
      } catch (IOException e) {
        return "the CUDA emulation is built with g++ and binutils: there is no " + tool;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "interrupted";
      }
    }
    try {
      folder = EmulatorBuild.folder();
    } catch (IOException e) {
      throw new IllegalStateException("the CUDA emulation does not build: " + e.getMessage(), e);
    }
    for (String library : EmulatorBuild.LIBRARIES) {
      System.load(folder.resolve(library).toString());
    }
    makeNoise(askedNoise());
    return null;
  }

  /**
   * Loads it; must come before any class of JCuda initialises.
   *
   * @throws IllegalStateException where it is unavailable
   */
  public static void load() {
    String why = unavailableReason();
    if (why != null) {
      throw new IllegalStateException(why);
    }
  }

  /** Where its libraries are. */
  static synchronized Path folder() {
    load();
    return folder;
  }

  /**
   * Lets one of the calls from now on fail: of the driver, cuBLAS or NVRTC, whichever it is.
   *
   * @param nthCall 1 for the next one; 0 for none after all
   * @param code a CUresult. cuBLAS and NVRTC report out of memory as theirs and everything else as
   *     an internal error. A code of a device that is lost or of a kernel that failed (214, 700 to
   *     719) is what every later call returns too, until the contexts are released
   */
  static void failAt(long nthCall, int code) {
    planFailure("", nthCall, code);
  }

  /**
   * Lets one of the calls of one function fail.
   *
   * @param function its name in the library, such as {@code cuMemAlloc_v2} or {@code
   *     cublasSgemm_v2}
   */
  static void failAt(String function, long nthCall, int code) {
    planFailure(function, nthCall, code);
  }

  private static native void planFailure(String function, long nthCall, int code);

  /** The function that failed as planned; empty if none has yet. */
  static native String failedCall();

  /** How many calls there were since {@link #reset}. */
  static native long calls();

  /** What the emulation last found wrong; empty if nothing. */
  static native String lastComplaint();

  /** How much memory the device has from now on; 4 GiB at first. */
  static native void memoryLimit(long bytes);

  /** How many pieces of device and pinned memory are allocated. */
  static long liveAllocations() {
    Map<Resource, Long> live = live();
    return live.getOrDefault(Resource.DEVICE_MEMORY, 0L)
        + live.getOrDefault(Resource.PINNED_MEMORY, 0L);
  }

  /** Their bytes. */
  static native long liveBytes();

  /** What was given out and not given back, by kind; empty if nothing leaks. */
  static Map<Resource, Long> live() {
    Map<Resource, Long> live = new EnumMap<>(Resource.class);
    long[] counts = liveResources();
    int next = 0;
    for (Resource resource : Resource.values()) {
      long count = counts[next++];
      if (count != 0) {
        live.put(resource, count);
      }
    }
    return live;
  }

  private static native long[] liveResources();

  /**
   * From now on, until {@link #reset}, work in streams runs late: when something waits for it, not
   * when it is queued. A wait that is missing then shows as a wrong result.
   *
   * @param seed 0: only what must run does, in the order in which it was queued. Others: before
   *     that, what may run does so too, in an order of its own for each seed
   */
  static native void deferStreams(long seed);

  /** The noises that this JVM was asked for. */
  static Set<Noise> askedNoise() {
    Set<Noise> asked = EnumSet.noneOf(Noise.class);
    for (String name : System.getProperty(NOISE_PROPERTY, "").split(",", -1)) {
      if (!name.isEmpty()) {
        asked.add(Noise.valueOf(name.toUpperCase(Locale.ROOT)));
      }
    }
    return asked;
  }

  /** From now on, until {@link #reset}, there is this noise and no other. */
  static void makeNoise(Set<Noise> noises) {
    setNoise(noises.stream().mapToInt(noise -> noise.bit).sum());
  }

  private static native void setNoise(int bits);

  /**
   * Whether kernels are compiled in half the time from now on, to code that takes longer: for tests
   * that need many kernels and do little with each.
   */
  static native void compileQuickly(boolean quickly);

  /**
   * Makes everything as it was at first: nothing is allocated, nothing planned to fail, no limit
   * but the first, no context, the noise that the JVM was asked for. Handles from before are
   * unknown.
   */
  public static void reset() {
    resetAll();
    makeNoise(askedNoise());
  }

  private static native void resetAll();
}
