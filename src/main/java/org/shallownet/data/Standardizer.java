package org.shallownet.data;

import java.util.Arrays;

/**
 * Brings features to mean 0 and deviation 1: {@code (x - mean) × factor} in float32, with {@code
 * factor = 1 / deviation}.
 *
 * <p>Mean and factor are rounded to float32 when they are found, so that any program that evaluates
 * the same formula on float32 gets the same numbers. A constant column has factor 0.
 */
public final class Standardizer {
  private final float[] mean;
  private final float[] factor;

  /** A standardizer with these values, one per feature, copied. */
  public Standardizer(float[] mean, float[] factor) {
    if (mean.length != factor.length) {
      throw new IllegalArgumentException(mean.length + " means but " + factor.length + " factors");
    }
    this.mean = mean.clone();
    this.factor = factor.clone();
  }

  /** The number of features. */
  public int columns() {
    return mean.length;
  }

  /** A copy of the means. */
  public float[] mean() {
    return mean.clone();
  }

  /** A copy of the factors. */
  public float[] factor() {
    return factor.clone();
  }

  /** Standardises rows in place. */
  public void apply(float[] values, int offset, int rows) {
    int i = offset;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < mean.length; c++, i++) {
        values[i] = (values[i] - mean[c]) * factor[c];
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Standardizer standardizer
        && Arrays.equals(mean, standardizer.mean)
        && Arrays.equals(factor, standardizer.factor);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(factor);
  }
}
