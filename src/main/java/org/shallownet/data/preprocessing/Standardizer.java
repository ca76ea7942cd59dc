package org.shallownet.data.preprocessing;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.shallownet.data.DataException;
import org.shallownet.data.features.FeatureTable;

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
   * Finds means and factors in double, with the deviation {@code √(Σ (x - mean)² / rows)}.
   *
   * <p>Columns that are constant, or so nearly that {@code 1 / deviation} is beyond float32, get
   * factor 0. The results are finite for every value of the table: a mean is moved as far as {@code
   * x - mean} needs to stay within float32.
   *
   * @param table at least one row, finite values
   * @param names the first columns' names; of columns after them nothing is said
   * @param warnings takes sentences for the user: which columns are constant, which lie so far from
   *     0 that float32 hardly resolves them
   * @throws DataException if a value is not finite
   */
  public static Standardizer fit(
      FeatureTable table, List<String> names, Consumer<String> warnings) {
    return new ColumnStatistics(table, names).standardizer(warnings);
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
