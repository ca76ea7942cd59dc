package org.shallownet.backend;

/**
 * How a backend is to be opened.
 *
 * @param device the number of its device, from 0
 * @param threads how many threads compute; 0 for one per processor
 * @param precision the arithmetic of products
 */
public record BackendOptions(int device, int threads, Precision precision) {
  /** The first device, all processors, exact float32. */
  public static final BackendOptions DEFAULT = new BackendOptions(0, 0, Precision.FP32);

  /** More threads than this are surely a mistake, and might exhaust the machine. */
  public static final int MOST_THREADS = 1024;

  /** Checks the numbers. */
  public BackendOptions {
    if (device < 0 || threads < 0 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "the device must be 0 or more and threads from 0 to "
              + MOST_THREADS
              + ", not "
              + device
              + " and "
              + threads);
    }
  }

  /** The arithmetic of matrix products. */
  public enum Precision {
    /** IEEE float32. */
    FP32,
    /** Operands rounded to TensorFloat-32 (10 bits of fraction); NVIDIA cards only. */
    TF32,
    /** Operands rounded to bfloat16 (7 bits of fraction); NVIDIA cards only. */
    BF16
  }
}
