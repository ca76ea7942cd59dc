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

  /** Checks that nothing is negative. */
  public BackendOptions {
    if (device < 0 || threads < 0) {
      throw new IllegalArgumentException(
          "device and threads can't be negative: " + device + ", " + threads);
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
