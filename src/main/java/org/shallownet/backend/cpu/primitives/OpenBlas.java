package org.shallownet.backend.cpu.primitives;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OpenBLAS library, loaded when it is first asked for: that takes half a second, which a small
 * training should not pay.
 *
 * <p>It is told to use one thread: the backend's own threads each call it with pieces of the work,
 * so that results don't depend on how many there are.
 */
public final class OpenBlas {
  /** The library of this process. */
  public static final OpenBlas SHARED = new OpenBlas(OpenBlas::loadNative);

  /** The environment variable that chooses its kernels by the name of a processor. */
  public static final String CORE_TYPE = "OPENBLAS_CORETYPE";

  /** Values of {@link #CORE_TYPE}, in small letters, whose kernels compute on 512 bits at once. */
  public static final Set<String> AVX512_CORES = Set.of("skylakex", "cooperlake", "sapphirerapids");

  private static final Logger LOG = LoggerFactory.getLogger(OpenBlas.class);

  /** What its libraries take when they are unpacked, in bytes, and some more. */
  private static final long NEEDED = 60_000_000;

  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;

  private final Runnable loader;
  private boolean tried;
  private @Nullable Throwable failure;

  /** A library that this loads. */
  OpenBlas(Runnable loader) {
    this.loader = loader;
  }

  private static void loadNative() {
    BlasFolder.choose();
    Loader.load(openblas_nolapack.class);
    org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(1);
  }

  /** Loads the library unless that was tried before; null, or why it can't be used. */
  public synchronized @Nullable Throwable load() {
    if (!tried) {
      tried = true;
      try {
        loader.run();
        LOG.debug("loaded {}", name());
      } catch (LinkageError | RuntimeException e) {
        failure = e;
        LOG.info("OpenBLAS can't be loaded, so products run in Java: {}", e.toString());
      }
    }
    return failure;
  }

  /** What a user can do about that it can't be loaded. */
  public static String remedy(Throwable failure) {
    String folder = System.getProperty(BlasFolder.PROPERTY);
    return remedy(failure, folder, folder == null ? NEEDED : new File(folder).getUsableSpace());
  }

  /**
   * The same.
   *
   * @param folder where it is unpacked; null if there is none
   * @param free how many bytes are free there
   */
  static String remedy(Throwable failure, @Nullable String folder, long free) {
    // So Linux says of a folder whose files may not be executed.
    if (says(failure, "failed to map segment")) {
      return "its folder forbids to execute what is in it (mounted noexec): set XDG_CACHE_HOME to"
          + " another";
    }
    if (folder != null && free < NEEDED) {
      return "make 60 MB free in " + folder + ", or set XDG_CACHE_HOME to another folder";
    }
    return "add org.bytedeco:openblas and javacpp with this machine as classifier (linux-x86_64,"
        + " linux-arm64 or macosx-arm64) to the class path, and see that the home folder, or"
        + " the one that XDG_CACHE_HOME names, can be written";
  }

  /** Whether it or what caused it says so: JavaCPP itself only says that it found no library. */
  private static boolean says(Throwable failure, String words) {
    Throwable cause = failure;
    while (cause != null) {
      if (String.valueOf(cause.getMessage()).contains(words)) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Whether it has been loaded. */
  synchronized boolean isLoaded() {
    return tried && failure == null;
  }

  /** Its name and version. */
  public static String name() {
    String version = openblas_nolapack.class.getPackage().getImplementationVersion();
    // Version and release of the binding are joined: 0.3.31-1.5.13.
    return version == null ? "OpenBLAS" : "OpenBLAS " + version.split("-", 2)[0];
  }

  /**
   * {@code C = α op(A) op(B) + β C} of row-major matrices, on the calling thread.
   *
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums
   */
  public static void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      Buffer a,
      int strideA,
      Buffer b,
      int strideB,
      float beta,
      Buffer c,
      int strideC) {
    openblas_nolapack.cblas_sgemm(
        ROW_MAJOR,
        transposeA ? TRANSPOSE : NO_TRANSPOSE,
        transposeB ? TRANSPOSE : NO_TRANSPOSE,
        m,
        n,
        k,
        alpha,
        a.pointer(),
        strideA,
        b.pointer(),
        strideB,
        beta,
        c.pointer(),
        strideC);
  }

  /**
   * Memory outside the Java heap that the library works on. Given a Java array, the binding would
   * copy all of it at every call.
   */
  public static final class Buffer {
    private FloatBuffer buffer = FloatBuffer.allocate(0);
    private @Nullable FloatPointer pointer;

    /** Makes room for so many floats; what it held may be lost. */
    public void reserve(int floats) {
      if (buffer.capacity() < floats) {
        buffer =
            ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        pointer = new FloatPointer(buffer);
      }
    }

    /** Copies an array's stretch to {@code at}. */
    public void put(int at, float[] source, int from, int count) {
      buffer.put(at, source, from, count);
    }

    /** Copies {@code count} floats from {@code at} to an array. */
    public void get(int at, float[] destination, int from, int count) {
      buffer.get(at, destination, from, count);
    }

    private FloatPointer pointer() {
      if (pointer == null) {
        throw new IllegalStateException("the tile is empty");
      }
      return pointer;
    }
  }
}
