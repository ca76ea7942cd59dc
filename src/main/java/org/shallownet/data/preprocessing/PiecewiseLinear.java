package org.shallownet.data.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.features.FeatureTable;

/**
 * Makes several inputs of one number: how far it has come through each interval between quantiles
 * of its column, {@code min(max((x - start) × factor, 0), 1)} with {@code factor = 1 / (end -
 * start)}, all in float32. So a network of few units can follow steep and bent dependencies.
 *
 * <p>After the piecewise linear encoding of Y. Gorishniy, I. Rubachev, A. Babenko, "On Embeddings
 * for Numerical Features in Tabular Deep Learning", 2022, arXiv:2203.05556; there the first and the
 * last interval are open, here each one ends.
 */
public final class PiecewiseLinear {
  /** The most intervals of a column. */
  public static final int INTERVALS = 8;

  /** A column with no more distinct numbers than this is left as it is. */
  public static final int FEW_NUMBERS = 4;

  /** Quantiles of tables with more rows are those of so many rows, evenly spread over the table. */
  private static final int MOST_ROWS = 1 << 17;

  /** Columns are sorted in groups of at most this many floats (64 MiB), unless one has more. */
  private static final long GROUP_FLOATS = 1L << 24;

  private static final int BLOCK_FLOATS = 1 << 16;

  private final int[] columns;
  private final float[] starts;
  private final float[] factors;
  private final @Nullable Standardizer standardizer;

  /**
   * With these intervals; all arrays are copied.
   *
   * @param columns for each interval which input it is of, from 0
   * @param starts where it begins
   * @param factors 1 over its length
   * @param standardizer of what the intervals give; null to take it as it is
   */
  public PiecewiseLinear(
      int[] columns, float[] starts, float[] factors, @Nullable Standardizer standardizer) {
    boolean fits = starts.length == columns.length && factors.length == columns.length;
    if (!fits || (standardizer != null && standardizer.columns() != columns.length)) {
      throw new IllegalArgumentException(
          columns.length
              + " intervals with "
              + starts.length
              + " starts, "
              + factors.length
              + " factors and "
              + (standardizer == null ? "no" : standardizer.columns())
              + " means");
    }
    if (columns.length == 0) {
      throw new IllegalArgumentException("there must be at least one interval");
    }
    for (int i = 0; i < columns.length; i++) {
      if (columns[i] < 0 || !Float.isFinite(starts[i]) || !(factors[i] > 0)) {
        throw new IllegalArgumentException(
            "interval "
                + i
                + " of column "
                + columns[i]
                + " begins at "
                + starts[i]
                + " with factor "
                + factors[i]);
      }
    }
    this.columns = columns.clone();
    this.starts = starts.clone();
    this.factors = factors.clone();
    this.standardizer = standardizer;
  }

  /**
   * Finds the intervals: those between the quantiles 0, 1/8, … 1 of each column of numbers that has
   * more than {@value #FEW_NUMBERS} distinct ones. Equal quantiles are one. A column that is left
   * with a single interval gets none: it would say what the number says already.
   *
   * @param inputs at least one row of finite numbers that are not standardised yet
   * @param numbers how many of the first columns are numbers, rather than states of a category
   * @param standardize whether what the intervals give is to be brought to mean 0 and deviation 1
   * @return null if no column has intervals
   */
  public static @Nullable PiecewiseLinear fit(
      FeatureTable inputs, int numbers, boolean standardize) {
    List<Integer> columns = new ArrayList<>();
    List<Float> starts = new ArrayList<>();
    List<Float> factors = new ArrayList<>();
    int rows = (int) Math.min(inputs.rows(), MOST_ROWS);
    int group = (int) Math.max(1, Math.min(numbers, GROUP_FLOATS / rows));
    for (int first = 0; first < numbers; first += group) {
      float[][] values = values(inputs, first, Math.min(group, numbers - first), rows);
      for (int c = 0; c < values.length; c++) {
        Arrays.parallelSort(values[c]);
        float[] ends = distinct(values[c]) > FEW_NUMBERS ? ends(values[c]) : new float[0];
        for (int i = 0; ends.length > 2 && i < ends.length - 1; i++) {
          columns.add(first + c);
          starts.add(ends[i]);
          factors.add(factor(ends[i], ends[i + 1]));
        }
      }
    }
    if (columns.isEmpty()) {
      return null;
    }
    PiecewiseLinear raw =
        new PiecewiseLinear(
            columns.stream().mapToInt(c -> c).toArray(), floats(starts), floats(factors), null);
    return standardize
        ? new PiecewiseLinear(
            raw.columns,
            raw.starts,
            raw.factors,
            Standardizer.fit(raw.new Intervals(inputs), List.of(), warning -> {}))
        : raw;
  }

  /** Evenly spread rows of some columns, column by column. */
  private static float[][] values(FeatureTable table, int first, int count, int rows) {
    float[][] values = new float[count][rows];
    int width = table.columns();
    int most = Math.max(1, BLOCK_FLOATS / width);
    float[] block = new float[most * width];
    boolean all = rows == table.rows();
    for (int done = 0; done < rows; ) {
      int n = all ? Math.min(most, rows - done) : 1;
      // The product stays within long: there are at most 2¹⁷ rows of this kind.
      table.read(
          all ? done : done * (table.rows() / rows) + offset(table, rows, done), n, block, 0);
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < count; c++) {
          values[c][done + r] = block[r * width + first + c];
        }
      }
      done += n;
    }
    return values;
  }

  /** What rounding down {@code table.rows() / rows} has left out by then. */
  private static long offset(FeatureTable table, int rows, int row) {
    return row * (table.rows() % rows) / rows;
  }

  /** How many different numbers there are, as far as it matters. */
  private static int distinct(float[] sorted) {
    int distinct = 1;
    for (int i = 1; i < sorted.length && distinct <= FEW_NUMBERS; i++) {
      if (sorted[i] != sorted[i - 1]) {
        distinct++;
      }
    }
    return distinct;
  }

  /** The ends of the intervals, each larger than the one before. */
  private static float[] ends(float[] sorted) {
    float[] ends = new float[INTERVALS + 1];
    int count = 0;
    for (int q = 0; q <= INTERVALS; q++) {
      double place = (double) q * (sorted.length - 1) / INTERVALS;
      int below = (int) place;
      int above = Math.min(below + 1, sorted.length - 1);
      double share = place - below;
      float end = (float) (sorted[below] + share * ((double) sorted[above] - sorted[below]));
      if (count == 0 || (end > ends[count - 1] && Float.isFinite(factor(ends[count - 1], end)))) {
        ends[count++] = end;
      }
    }
    return Arrays.copyOf(ends, count);
  }

  /** Above 0 even for the longest interval, infinite for one that is too short for float32. */
  private static float factor(float start, float end) {
    return (float) (1 / ((double) end - start));
  }

  private static float[] floats(List<Float> list) {
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
    }
    return floats;
  }

  /** What the intervals give for the rows of a table, not standardised. */
  private final class Intervals implements FeatureTable {
    private final FeatureTable inputs;

    private Intervals(FeatureTable inputs) {
      this.inputs = inputs;
    }

    @Override
    public long rows() {
      return inputs.rows();
    }

    @Override
    public int columns() {
      return columns.length;
    }

    @Override
    public void read(long first, int count, float[] destination, int offset) {
      float[] row = new float[inputs.columns()];
      for (int r = 0; r < count; r++) {
        inputs.read(first + r, 1, row, 0);
        encode(row, 0, destination, offset + r * columns.length);
      }
    }
  }

  /** How many inputs it makes: as many as there are intervals. */
  public int inputs() {
    return columns.length;
  }

  /** For each interval which input it is of; a copy. */
  public int[] columns() {
    return columns.clone();
  }

  /** Where each interval begins; a copy. */
  public float[] starts() {
    return starts.clone();
  }

  /** 1 over each interval's length; a copy. */
  public float[] factors() {
    return factors.clone();
  }

  /** The scales of what the intervals give; null if it is taken as it is. */
  public @Nullable Standardizer standardizer() {
    return standardizer;
  }

  /** The largest number of an input that it reads. */
  int lastColumn() {
    return Arrays.stream(columns).max().orElse(0);
  }

  /**
   * Makes the inputs of one row.
   *
   * @param row the row's inputs from {@code from} on, not standardised
   * @param destination gets {@link #inputs} numbers from {@code to} on
   */
  void apply(float[] row, int from, float[] destination, int to) {
    encode(row, from, destination, to);
    if (standardizer != null) {
      standardizer.apply(destination, to, 1);
    }
  }

  private void encode(float[] row, int from, float[] destination, int to) {
    for (int i = 0; i < columns.length; i++) {
      float share = (row[from + columns[i]] - starts[i]) * factors[i];
      destination[to + i] = Math.min(Math.max(share, 0), 1);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PiecewiseLinear that
        && Arrays.equals(columns, that.columns)
        && Arrays.equals(starts, that.starts)
        && Arrays.equals(factors, that.factors)
        && Objects.equals(standardizer, that.standardizer);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(columns) + Arrays.hashCode(starts);
  }
}
