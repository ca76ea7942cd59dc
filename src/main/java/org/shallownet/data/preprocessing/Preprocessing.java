package org.shallownet.data.preprocessing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;

/**
 * Turns rows of features into a network's inputs: missing numbers become their column's median,
 * words become 0/1 inputs, and all inputs are standardised. Behind these plain inputs there may be
 * {@linkplain PiecewiseLinear piecewise-linear} ones. Fitted once to the training rows, it is the
 * same for training, predicting and the model file, and doesn't change.
 */
public final class Preprocessing {
  private final Schema schema;

  /** For each column the number that stands for missing ones; NaN where there may be none. */
  private final float[] medians;

  private final @Nullable Standardizer standardizer;
  private final @Nullable PiecewiseLinear pieces;
  private final int inputs;
  private final boolean plain;

  /** With these values and plain inputs alone. */
  public Preprocessing(Schema schema, float[] medians, @Nullable Standardizer standardizer) {
    this(schema, medians, standardizer, null);
  }

  /**
   * With these values.
   *
   * @param schema the columns; none for a model from another tool, whose columns are its inputs
   * @param medians for each column that may be missing what stands for it, else NaN; copied
   * @param standardizer of the plain inputs; null to take them as they are
   * @param pieces what makes inputs behind the plain ones; null for none
   */
  public Preprocessing(
      Schema schema,
      float[] medians,
      @Nullable Standardizer standardizer,
      @Nullable PiecewiseLinear pieces) {
    int columns = schema.columns().size();
    if (medians.length != columns) {
      throw new IllegalArgumentException(medians.length + " medians for " + columns + " columns");
    }
    if (standardizer != null && columns > 0 && standardizer.columns() != schema.inputs()) {
      throw new IllegalArgumentException(
          "a standardizer of " + standardizer.columns() + " columns for " + schema.inputs());
    }
    int plainInputs = schema.inputs();
    if (pieces != null && pieces.lastColumn() >= plainInputs) {
      throw new IllegalArgumentException(
          "an interval of input " + pieces.lastColumn() + " of " + plainInputs);
    }
    this.schema = schema;
    this.medians = medians.clone();
    this.standardizer = standardizer;
    this.pieces = pieces;
    this.plain = schema.isPlain();
    this.inputs = plainInputs + (pieces == null ? 0 : pieces.inputs());
    for (int c = 0; c < columns; c++) {
      if (schema.columns().get(c) instanceof Column.Numeric number
          && number.missing() != Float.isFinite(medians[c])) {
        throw new IllegalArgumentException("the median of '" + number.name() + "' does not fit");
      }
    }
  }

  /** Columns of numbers, none of them missing. */
  public static Preprocessing ofNumbers(List<String> names, @Nullable Standardizer standardizer) {
    float[] medians = new float[names.size()];
    Arrays.fill(medians, Float.NaN);
    return new Preprocessing(Schema.numbers(names), medians, standardizer);
  }

  /**
   * Finds medians and scales. Every row counts the same for them, whatever its weight.
   *
   * @param standardize whether inputs are to be brought to mean 0 and deviation 1
   * @param warnings takes sentences for the user, as {@link Standardizer#fit} does
   */
  public static Preprocessing fit(Dataset train, boolean standardize, Consumer<String> warnings) {
    Schema schema = train.schema();
    float[] medians = new float[schema.columns().size()];
    for (int c = 0; c < medians.length; c++) {
      Column column = schema.columns().get(c);
      boolean replaced = column instanceof Column.Numeric && column.missing();
      medians[c] = replaced ? median(train.features(), c) : Float.NaN;
    }
    Preprocessing raw = new Preprocessing(schema, medians, null);
    if (!standardize) {
      return raw;
    }
    List<String> numbers = new ArrayList<>();
    for (Column column : schema.columns()) {
      if (column instanceof Column.Numeric) {
        numbers.add(column.name());
      }
    }
    return new Preprocessing(
        schema, medians, Standardizer.fit(raw.inputsOf(train.features()), numbers, warnings));
  }

  /**
   * The same with piecewise-linear inputs behind the plain ones, where a column's numbers give any.
   *
   * @param train the rows that this was fitted to
   */
  public Preprocessing withPieces(Dataset train) {
    int numbers = (int) schema.columns().stream().filter(Column.Numeric.class::isInstance).count();
    FeatureTable raw = new Preprocessing(schema, medians, null).inputsOf(train.features());
    return new Preprocessing(
        schema, medians, standardizer, PiecewiseLinear.fit(raw, numbers, standardizer != null));
  }

  /** The same with the plain inputs alone. */
  public Preprocessing withoutPieces() {
    return pieces == null ? this : new Preprocessing(schema, medians, standardizer, null);
  }

  /** The middle one of a column's numbers, or the mean of the two; 0 if there is none. */
  private static float median(FeatureTable table, int column) {
    int columns = table.columns();
    int most = (int) Math.min(table.rows(), Math.max(1, (1 << 16) / columns));
    float[] block = new float[most * columns];
    float[] found = new float[256];
    int count = 0;
    for (long first = 0; first < table.rows(); first += most) {
      int rows = (int) Math.min(most, table.rows() - first);
      table.read(first, rows, block, 0);
      for (int r = 0; r < rows; r++) {
        float value = block[r * columns + column];
        if (!Float.isNaN(value)) {
          if (count == found.length) {
            found = Arrays.copyOf(found, (int) Math.min(2L * count, Integer.MAX_VALUE - 8));
          }
          found[count++] = value;
        }
      }
    }
    if (count == 0) {
      return 0;
    }
    Arrays.sort(found, 0, count);
    return (float) (((double) found[(count - 1) / 2] + found[count / 2]) / 2);
  }

  /** The columns that it reads; none for a model from another tool. */
  public Schema schema() {
    return schema;
  }

  /** For each column what stands for a missing number; NaN where none may be missing; a copy. */
  public float[] medians() {
    return medians.clone();
  }

  /** The scales of the plain inputs; null if they are taken as they are. */
  public @Nullable Standardizer standardizer() {
    return standardizer;
  }

  /** What makes the inputs behind the plain ones; null if there are none. */
  public @Nullable PiecewiseLinear pieces() {
    return pieces;
  }

  /** The number of inputs, the plain ones and those behind them. */
  public int inputs() {
    return inputs;
  }

  /**
   * Whether rows of features and inputs have the same numbers, but for the standardizer.
   *
   * @see #apply
   */
  public boolean isPlain() {
    return pieces == null && plain;
  }

  /** A table's rows as inputs. */
  public FeatureTable inputsOf(FeatureTable features) {
    return isPlain() && standardizer == null ? features : new InputTable(features, this);
  }

  /**
   * Turns rows of features into inputs.
   *
   * @param rows {@code count × columns}, row by row from index 0; may be overwritten
   * @param inputs gets {@code count × inputs} from {@code offset} on; may be {@code rows} if {@link
   *     #isPlain()}
   */
  public void apply(float[] rows, int count, float[] inputs, int offset) {
    if (pieces != null) {
      applyWithPieces(pieces, rows, count, inputs, offset);
      return;
    }
    if (!plain) {
      for (int r = 0; r < count; r++) {
        encode(rows, r * medians.length, inputs, offset + r * this.inputs);
      }
    } else if (rows != inputs) {
      System.arraycopy(rows, 0, inputs, offset, count * medians.length);
    }
    if (standardizer != null) {
      standardizer.apply(inputs, offset, count);
    }
  }

  private void applyWithPieces(
      PiecewiseLinear intervals, float[] rows, int count, float[] destination, int offset) {
    for (int r = 0; r < count; r++) {
      int to = offset + r * inputs;
      if (plain) {
        System.arraycopy(rows, r * medians.length, destination, to, medians.length);
      } else {
        encode(rows, r * medians.length, destination, to);
      }
      intervals.apply(destination, to, destination, to + inputs - intervals.inputs());
      if (standardizer != null) {
        standardizer.apply(destination, to, 1);
      }
    }
  }

  /** Makes the plain inputs of one row. */
  private void encode(float[] rows, int from, float[] inputs, int to) {
    List<Column> columns = schema.columns();
    for (int c = 0; c < medians.length; c++) {
      if (columns.get(c) instanceof Column.Numeric) {
        float value = rows[from + c];
        inputs[to++] = Float.isNaN(value) ? medians[c] : value;
      }
    }
    for (int c = 0; c < medians.length; c++) {
      if (columns.get(c) instanceof Column.Numeric number && number.missing()) {
        inputs[to++] = Float.isNaN(rows[from + c]) ? 1 : 0;
      }
    }
    for (int c = 0; c < medians.length; c++) {
      if (columns.get(c) instanceof Column.Category category) {
        float code = rows[from + c];
        int row = Float.isNaN(code) ? category.otherCode() + 1 : (int) code;
        category.encode(row, inputs, to);
        to += category.inputs();
      }
    }
  }

  /**
   * Checks that no cell is missing where the training table lacked none.
   *
   * @param rows {@code count × columns} from index 0
   * @param first the number of the first of the rows, for the message
   * @throws DataException if one is
   */
  public void requireNoneMissing(float[] rows, int count, long first) {
    int columns = medians.length;
    for (int i = 0; i < count * columns; i++) {
      if (Float.isNaN(rows[i])) {
        Column column = schema.columns().get(i % columns);
        if (column instanceof Column.Numeric && !column.missing()) {
          throw new DataException(
              "row "
                  + (first + i / columns)
                  + " (counted from 0), column "
                  + Numeric.quote(column.name())
                  + ": the number is missing, but the model learned from rows that all had one;"
                  + " fill it in or remove the row");
        }
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Preprocessing that
        && schema.equals(that.schema)
        && Arrays.equals(medians, that.medians)
        && Objects.equals(standardizer, that.standardizer)
        && Objects.equals(pieces, that.pieces);
  }

  @Override
  public int hashCode() {
    return Objects.hash(schema, Arrays.hashCode(medians), standardizer, pieces);
  }
}
