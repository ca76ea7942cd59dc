package org.shallownet.backend;

/**
 * How a backend is to be opened.
 *
 * @param device the number of its device, from 0
 * @param threads how many threads compute; 0 for one per processor
 * @param precision the arithmetic of products
 * @param work about how many multiply-adds there will be in all; {@link Long#MAX_VALUE} where
 *     nobody knows. What takes long to load is left out of a small job.
 */
public record BackendOptions(int device, int threads, Precision precision, long work) {
  /** The first device, all processors, exact float32. */
  public static final BackendOptions DEFAULT = new BackendOptions(0, 0, Precision.FP32);

  /** More threads than this are surely a mistake, and might exhaust the machine. */
  public static final int MOST_THREADS = 1024;

  /** Options for a job whose size nobody knows. */
  public BackendOptions(int device, int threads, Precision precision) {
    this(device, threads, precision, Long.MAX_VALUE);
  }

  /** The same for another device. */
  public BackendOptions withDevice(int number) {
    return new BackendOptions(number, threads, precision, work);
  }

  /** The same for a job of about so many multiply-adds. */
  public BackendOptions withWork(long multiplyAdds) {
    return new BackendOptions(device, threads, precision, multiplyAdds);
  }

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
