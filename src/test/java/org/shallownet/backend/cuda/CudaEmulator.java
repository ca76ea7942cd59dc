package org.shallownet.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The CUDA driver, cuBLAS and NVRTC emulated on the CPU: JCuda and the kernels run on it unchanged.
 * One per JVM, which then has no other CUDA.
 */
final class CudaEmulator {
  private static @Nullable Path folder;
  private static @Nullable String reason;

  private CudaEmulator() {}

  /** Whether it can be built and loaded here. */
  static boolean available() {
    return unavailableReason() == null;
  }

  /** Why not, in a sentence; null where it is available. */
  static synchronized @Nullable String unavailableReason() {
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
      return "the CUDA emulation needs a JDK with headers: there is no " + jni;
    }
    try {
      new ProcessBuilder("g++", "--version").redirectErrorStream(true).start().destroy();
    } catch (IOException e) {
      return "the CUDA emulation is built with g++, which is not installed";
    }
    try {
      folder = EmulatorBuild.folder();
      for (String library : EmulatorBuild.LIBRARIES) {
        System.load(folder.resolve(library).toString());
      }
      return null;
    } catch (IOException e) {
      throw new IllegalStateException("the CUDA emulation does not build: " + e.getMessage(), e);
    }
  }

  /** Loads the libraries, which must happen before any class of JCuda initialises. */
  static void load() {
    String why = unavailableReason();
    if (why != null) {
      throw new IllegalStateException(why);
    }
  }

  /** Where the libraries are. */
  static Path folder() {
    load();
    return folder;
  }

  /**
   * Lets the nth call from now on (1 is the next) of the driver, cuBLAS or NVRTC fail with this
   * code.
   */
  static native void failAt(long nthCall, int code);

  /** Calls so far, since {@link #reset}. */
  static native long calls();

  /** The size of the device's memory from now on. */
  static native void memoryLimit(long bytes);

  /** Device and pinned allocations that were not freed. */
  static native long liveAllocations();

  /** Their size. */
  static native long liveBytes();

  /**
   * As it was when loaded: nothing allocated, no limit, no failure planned, contexts alive again.
   */
  static native void reset();
}
