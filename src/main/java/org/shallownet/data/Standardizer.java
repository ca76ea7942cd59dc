package org.shallownet.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

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

  /**
   * The mean and deviation of each column.
   *
   * @param names the columns' names, for warnings
   * @param warnings hears of constant columns and of columns that lose precision, one sentence each
   */
  public static Standardizer fit(
      FeatureTable features, List<String> names, Consumer<String> warnings) {
    int columns = features.columns();
    double[] sum = new double[columns];
    double[] squares = new double[columns];
    float[] row = new float[columns];
    for (long r = 0; r < features.rows(); r++) {
      features.read(r, 1, row, 0);
      for (int c = 0; c < columns; c++) {
        sum[c] += row[c];
      }
    }
    for (long r = 0; r < features.rows(); r++) {
      features.read(r, 1, row, 0);
      for (int c = 0; c < columns; c++) {
        double d = row[c] - sum[c] / features.rows();
        squares[c] += d * d;
      }
    }
    float[] mean = new float[columns];
    float[] factor = new float[columns];
    for (int c = 0; c < columns; c++) {
      mean[c] = (float) (sum[c] / features.rows());
      double deviation = Math.sqrt(squares[c] / features.rows());
      factor[c] = deviation > 0 ? (float) (1 / deviation) : 0;
      if (factor[c] == 0) {
        warnings.accept("column '" + names.get(c) + "' is constant");
      }
    }
    return new Standardizer(mean, factor);
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
