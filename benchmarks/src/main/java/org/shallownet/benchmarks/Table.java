package org.shallownet.benchmarks;

import org.shallownet.backend.SampleSource;

/** Samples of a benchmark: one row of features and one target each. */
abstract class Table implements SampleSource {
  private final long rows;
  private final int features;

  Table(long rows, int features) {
    this.rows = rows;
    this.features = features;
  }

  @Override
  public final long rows() {
    return rows;
  }

  @Override
  public final int featureColumns() {
    return features;
  }

  @Override
  public final int targetColumns() {
    return 1;
  }

  @Override
  public final void gather(long[] rows, int offset, int count, float[] features, float[] targets) {
    float[] row = new float[this.features];
    float[] target = new float[1];
    for (int i = 0; i < count; i++) {
      read(rows[offset + i], 1, row, target);
      System.arraycopy(row, 0, features, i * row.length, row.length);
      targets[i] = target[0];
    }
  }
}
