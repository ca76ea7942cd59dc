package org.shallownet.data.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;

/** Means, deviations and ranges of a table's columns, found in double in two passes. */
final class ColumnStatistics {
  private static final int BLOCK_FLOATS = 1 << 16;
  private static final int MOST_NAMED = 5;

  /**
   * Above this |mean| / deviation, float32 keeps fewer than about three digits of the deviation.
   */
  private static final double FAR_FROM_ZERO = 1e4;

  private final List<String> names;
  private final double[] mean;
  private final double[] deviation;
  private final float[] least;
  private final float[] greatest;

  ColumnStatistics(FeatureTable table, List<String> names) {
    int columns = table.columns();
    if (names.size() > columns) {
      throw new IllegalArgumentException(names.size() + " names for " + columns + " columns");
    }
    if (table.rows() < 1) {
      throw new IllegalArgumentException("a table without rows has no mean");
    }
    this.names = names;
    mean = new double[columns];
    deviation = new double[columns];
    least = new float[columns];
    greatest = new float[columns];
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
    findMeans(table);
    findDeviations(table);
  }

  private interface Block {
    void accept(float[] values, int count);
  }

  private static void forEachBlock(FeatureTable table, Block action) {
    int columns = table.columns();
    int most = (int) Math.min(table.rows(), Math.max(1, BLOCK_FLOATS / columns));
    float[] values = new float[most * columns];
    for (long first = 0; first < table.rows(); first += most) {
      int count = (int) Math.min(most, table.rows() - first);
      table.read(first, count, values, 0);
      action.accept(values, count * columns);
    }
  }

  private void findMeans(FeatureTable table) {
    int columns = mean.length;
    forEachBlock(
        table,
        (values, count) -> {
          for (int i = 0; i < count; i += columns) {
            for (int c = 0; c < columns; c++) {
              float x = values[i + c];
              mean[c] += x;
              least[c] = x < least[c] ? x : least[c];
              greatest[c] = x > greatest[c] ? x : greatest[c];
            }
          }
        });
    for (int c = 0; c < columns; c++) {
      // Looked at before the range, in which a NaN leaves no trace.
      if (!Double.isFinite(mean[c])) {
        throw new DataException(
            "the feature "
                + Numeric.quote(names.get(c))
                + " has a value that is not a finite number; correct it or remove the row");
      }
      // The exact value for a constant column, whatever the rounding of the sum.
      mean[c] = least[c] == greatest[c] ? least[c] : mean[c] / table.rows();
    }
  }

  private void findDeviations(FeatureTable table) {
    int columns = mean.length;
    double[] squares = new double[columns];
    forEachBlock(
        table,
        (values, count) -> {
          for (int i = 0; i < count; i += columns) {
            for (int c = 0; c < columns; c++) {
              double difference = values[i + c] - mean[c];
              squares[c] += difference * difference;
            }
          }
        });
    for (int c = 0; c < columns; c++) {
      deviation[c] = Math.sqrt(squares[c] / table.rows());
    }
  }

  Standardizer standardizer(Consumer<String> warnings) {
    int columns = mean.length;
    float[] means = new float[columns];
    float[] factors = new float[columns];
    List<String> constant = new ArrayList<>();
    List<String> far = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      // x - mean must not overflow, at either end of the range.
      double lowest = (double) greatest[c] - Float.MAX_VALUE;
      double highest = (double) least[c] + Float.MAX_VALUE;
      means[c] = (float) Math.max(lowest, Math.min(highest, mean[c]));
      float factor = (float) (1 / deviation[c]);
      if (Float.isFinite(factor)) {
        factors[c] = factor;
        if (c < names.size() && Math.abs(mean[c]) / deviation[c] > FAR_FROM_ZERO) {
          far.add(names.get(c));
        }
      } else if (c < names.size()) {
        constant.add(names.get(c));
      }
    }
    warn(
        warnings,
        constant,
        "is constant and can't help to predict",
        "are constant and can't help to predict");
    warn(
        warnings,
        far,
        "lies far from 0 compared with its deviation, so that float32 loses digits of it; subtract"
            + " an offset first",
        "lie far from 0 compared with their deviations, so that float32 loses digits of them;"
            + " subtract an offset first");
    return new Standardizer(means, factors);
  }

  private static void warn(
      Consumer<String> warnings, List<String> columns, String one, String many) {
    if (!columns.isEmpty()) {
      warnings.accept(
          (columns.size() == 1 ? "column " : "columns ")
              + ColumnNames.list(columns, MOST_NAMED)
              + " "
              + (columns.size() == 1 ? one : many));
    }
  }
}
