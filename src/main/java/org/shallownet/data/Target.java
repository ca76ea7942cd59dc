package org.shallownet.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What is to be predicted for each row. */
public sealed interface Target {
  /** The number of rows. */
  long rows();

  /** The targets of these rows, in this order. */
  Target select(long[] indices);

  /** The task that learns this target. */
  Task task();

  /** A class for each row. */
  final class Classes implements Target {
    private final List<String> names;
    private final int[] codes;

    /**
     * Classes by their index.
     *
     * @param names at least two, in the order of the model's outputs; for two classes the second is
     *     the positive one
     * @param codes the index into {@code names} for each row, copied
     */
    public Classes(List<String> names, int[] codes) {
      this.names = List.copyOf(names);
      this.codes = codes.clone();
      if (this.names.size() < 2) {
        throw new IllegalArgumentException("a target needs at least two classes, not " + names);
      }
      for (int code : codes) {
        Objects.checkIndex(code, this.names.size());
      }
    }

    /** The classes' names in the order of the model's outputs. */
    public List<String> names() {
      return names;
    }

    /** The index of the row's class. */
    public int code(long row) {
      return codes[Math.toIntExact(row)];
    }

    @Override
    public long rows() {
      return codes.length;
    }

    @Override
    public Classes select(long[] indices) {
      return new Classes(names, Arrays.stream(indices).mapToInt(this::code).toArray());
    }

    @Override
    public Task task() {
      return names.size() == 2 ? Task.BINARY : Task.MULTICLASS;
    }
  }

  /** A number for each row. */
  final class Numbers implements Target {
    private final double[] values;

    /** Targets with these finite values, copied. */
    public Numbers(double[] values) {
      this.values = values.clone();
    }

    /** The row's number. */
    public double value(long row) {
      return values[Math.toIntExact(row)];
    }

    /** The mean of all values. */
    public double mean() {
      return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** The population deviation of all values. */
    public double deviation() {
      double mean = mean();
      return Math.sqrt(
          Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElse(Double.NaN));
    }

    @Override
    public long rows() {
      return values.length;
    }

    @Override
    public Numbers select(long[] indices) {
      return new Numbers(Arrays.stream(indices).mapToDouble(this::value).toArray());
    }

    @Override
    public Task task() {
      return Task.REGRESSION;
    }
  }
}
