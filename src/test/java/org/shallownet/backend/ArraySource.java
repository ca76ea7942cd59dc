package org.shallownet.backend;

/** Samples in arrays, as a source; a read can be made to fail. */
public final class ArraySource implements SampleSource {
  private final float[][] features;
  private final float[][] targets;
  private final boolean weighted;
  private volatile long readsToFailure = Long.MAX_VALUE;
  private volatile Throwable failure = new IllegalStateException();
  private volatile long reads;

  /** These samples, one per row. */
  public ArraySource(float[][] features, float[][] targets) {
    this(features, targets, false);
  }

  /** The same, where the last of the targets may be the samples' weights. */
  public ArraySource(float[][] features, float[][] targets, boolean weighted) {
    this.weighted = weighted;
    this.features = features;
    this.targets = targets;
  }

  /** Lets one of the reads from now on, 1 for the next, throw a runtime exception or an error. */
  public void failAt(long nthRead, Throwable thrown) {
    failure = thrown;
    readsToFailure = reads + nthRead;
  }

  /** How many reads there were. */
  public long reads() {
    return reads;
  }

  @Override
  public long rows() {
    return features.length;
  }

  @Override
  public int featureColumns() {
    return features[0].length;
  }

  @Override
  public int targetColumns() {
    return targets[0].length;
  }

  @Override
  public boolean weighted() {
    return weighted;
  }

  @Override
  public void read(long first, int count, float[] x, float[] y) {
    begin();
    for (int i = 0; i < count; i++) {
      copy((int) first + i, i, x, y);
    }
  }

  @Override
  public void gather(long[] rows, int offset, int count, float[] x, float[] y) {
    begin();
    for (int i = 0; i < count; i++) {
      copy((int) rows[offset + i], i, x, y);
    }
  }

  private void copy(int row, int place, float[] x, float[] y) {
    System.arraycopy(features[row], 0, x, place * featureColumns(), featureColumns());
    System.arraycopy(targets[row], 0, y, place * targetColumns(), targetColumns());
  }

  // One thread reads at a time.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void begin() {
    reads++;
    if (reads == readsToFailure) {
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    }
  }
}
