package org.shallownet.backend;

/**
 * Samples on the host, in memory or in a file, as training wants them: float32, already
 * preprocessed, one row of features and one of targets per sample; as {@link Samples} says, these
 * may have weights.
 *
 * <p>A source does not change: reading a row again gives the same numbers. It is read by one thread
 * at a time, which need not be the one that trains. What a read throws ends the training and
 * reaches whoever asked for it.
 */
public interface SampleSource {
  /** The number of samples, at least 1. */
  long rows();

  /** How many features a sample has, at least 1. */
  int featureColumns();

  /** How many columns its targets have, the weight's included; at least 1. */
  int targetColumns();

  /** Whether the last column of the targets is the samples' weights. */
  default boolean weighted() {
    return false;
  }

  /**
   * Reads samples {@code first … first + count - 1}, row by row.
   *
   * @param features gets {@code count × featureColumns()} floats from index 0 on
   * @param targets gets {@code count × targetColumns()} floats from index 0 on
   * @throws IndexOutOfBoundsException if there are no such samples or they don't fit
   */
  void read(long first, int count, float[] features, float[] targets);

  /**
   * Reads samples {@code rows[offset] … rows[offset + count - 1]}, in this order, otherwise like
   * {@link #read}.
   */
  void gather(long[] rows, int offset, int count, float[] features, float[] targets);
}
