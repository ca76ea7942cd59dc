package org.shallownet.data;

import java.util.List;
import java.util.Objects;
import org.shallownet.data.features.IntColumn;
import org.shallownet.data.features.LongColumn;
import org.shallownet.data.features.RowIndex;
import org.shallownet.data.text.Numeric;

/** What is to be predicted for each row. */
public sealed interface Target {
  /** The number of rows. */
  long rows();

  /**
   * The targets of these rows, in this order.
   *
   * @throws IndexOutOfBoundsException if a row is not there
   */
  Target select(RowIndex rows);

  /** The task that learns this target. */
  Task task();

  /** A class for each row. */
  final class Classes implements Target {
    private static final int MOST_NAMED = 5;

    private final List<String> names;
    private final IntColumn codes;

    /**
     * Classes by their index.
     *
     * @param names at least two, in the order of the model's outputs; for two classes the second is
     *     the positive one
     * @param codes the index into {@code names} for each row, copied
     */
    public Classes(List<String> names, int[] codes) {
      this(names, copy(codes));
    }

    /** With these codes, not copied. */
    public Classes(List<String> names, IntColumn codes) {
      this.names = List.copyOf(names);
      this.codes = codes;
      if (this.names.size() < 2) {
        throw new IllegalArgumentException("a target needs at least two classes, not " + names);
      }
      for (long row = 0; row < codes.size(); row++) {
        Objects.checkIndex(codes.get(row), this.names.size());
      }
    }

    private static IntColumn copy(int[] codes) {
      IntColumn column = new IntColumn();
      for (int code : codes) {
        column.add(code);
      }
      return column;
    }

    /** The classes' names in the order of the model's outputs. */
    public List<String> names() {
      return names;
    }

    /**
     * The same for two classes with this one as the second, which is the positive one.
     *
     * @throws DataException if it is none of the classes, or there are more than two
     */
    public Classes withPositive(String positive) {
      int index = names.indexOf(positive);
      if (index < 0 || names.size() != 2) {
        throw new DataException(
            index < 0
                ? Numeric.quote(positive)
                    + " is none of the classes "
                    + ColumnNames.list(names, MOST_NAMED)
                    + "; name one of them with --positive"
                : "there are "
                    + names.size()
                    + " classes, of which none is the positive one; leave --positive out");
      }
      if (index == 1) {
        return this;
      }
      IntColumn swapped = new IntColumn();
      for (long row = 0; row < rows(); row++) {
        swapped.add(1 - codes.get(row));
      }
      return new Classes(List.of(names.get(1), names.get(0)), swapped);
    }

    /** The index of the row's class. */
    public int code(long row) {
      return codes.get(Objects.checkIndex(row, codes.size()));
    }

    @Override
    public long rows() {
      return codes.size();
    }

    @Override
    public Classes select(RowIndex rows) {
      IntColumn selected = new IntColumn();
      for (long i = 0; i < rows.size(); i++) {
        selected.add(code(rows.get(i)));
      }
      return new Classes(names, selected);
    }

    @Override
    public Task task() {
      return names.size() == 2 ? Task.BINARY : Task.MULTICLASS;
    }
  }

  /**
   * Several targets for each row: all numbers, or all classes of two, of which the second is yes.
   */
  final class Several implements Target {
    private final List<Target> columns;

    /**
     * These targets.
     *
     * @param columns at least two, of the same rows, all {@link Numbers} or all {@link Classes} of
     *     two
     */
    public Several(List<? extends Target> columns) {
      this.columns = List.copyOf(columns);
      if (columns.size() < 2) {
        throw new IllegalArgumentException("several targets are two or more");
      }
      boolean numbers = columns.get(0) instanceof Numbers;
      for (Target column : columns) {
        if (column.rows() != columns.get(0).rows()) {
          throw new IllegalArgumentException(
              "targets of " + columns.get(0).rows() + " and of " + column.rows() + " rows");
        }
        boolean fits = column instanceof Classes classes && classes.names().size() == 2;
        if (numbers ? !(column instanceof Numbers) : !fits) {
          throw new IllegalArgumentException(
              "several targets must all be numbers, or all be classes of two");
        }
      }
    }

    /** The targets in the order of the outputs. */
    public List<Target> columns() {
      return columns;
    }

    @Override
    public long rows() {
      return columns.get(0).rows();
    }

    @Override
    public Several select(RowIndex rows) {
      return new Several(columns.stream().map(column -> column.select(rows)).toList());
    }

    @Override
    public Task task() {
      return columns.get(0) instanceof Numbers ? Task.REGRESSION : Task.MULTILABEL;
    }
  }

  /** A number for each row. */
  final class Numbers implements Target {
    /** The bits of the doubles. */
    private final LongColumn values;

    /**
     * Targets with these values, copied.
     *
     * @param values finite, also as float32
     */
    public Numbers(double[] values) {
      this(copy(values));
    }

    /** With the doubles of these bits, not copied. */
    public Numbers(LongColumn bits) {
      for (long row = 0; row < bits.size(); row++) {
        double value = Double.longBitsToDouble(bits.get(row));
        if (!Float.isFinite((float) value)) {
          throw new IllegalArgumentException(
              "the target of row " + row + " is not finite in float32: " + value);
        }
      }
      this.values = bits;
    }

    private static LongColumn copy(double[] values) {
      LongColumn column = new LongColumn();
      for (double value : values) {
        column.add(Double.doubleToRawLongBits(value));
      }
      return column;
    }

    /** The row's number. */
    public double value(long row) {
      return Double.longBitsToDouble(values.get(Objects.checkIndex(row, values.size())));
    }

    /**
     * The mean of the targets, summed in double; of no targets it is NaN.
     *
     * <p>Targets that are all equal have exactly that value as their mean.
     */
    public double mean() {
      double first = rows() == 0 ? Double.NaN : value(0);
      double sum = 0;
      for (long row = 0; row < rows(); row++) {
        sum += value(row) - first;
      }
      return first + sum / rows();
    }

    /**
     * The deviation of the targets, {@code √(Σ (y - mean)² / rows)}, in double; 0 if all are equal,
     * NaN for no targets.
     */
    public double deviation() {
      double mean = mean();
      double sum = 0;
      for (long row = 0; row < rows(); row++) {
        double difference = value(row) - mean;
        sum += difference * difference;
      }
      return Math.sqrt(sum / rows());
    }

    @Override
    public long rows() {
      return values.size();
    }

    @Override
    public Numbers select(RowIndex rows) {
      LongColumn selected = new LongColumn();
      for (long i = 0; i < rows.size(); i++) {
        selected.add(values.get(Objects.checkIndex(rows.get(i), values.size())));
      }
      return new Numbers(selected);
    }

    @Override
    public Task task() {
      return Task.REGRESSION;
    }
  }
}
