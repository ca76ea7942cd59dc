package org.shallownet.data.typed;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.Columns;
import org.shallownet.data.DataException;
import org.shallownet.data.Schema;
import org.shallownet.data.TableOptions;
import org.shallownet.data.columns.FeaturePlan;
import org.shallownet.data.text.Numeric;

/**
 * Makes a model's rows of values by name, as a table's reader makes them of cells. For any thread.
 *
 * <p>A value is a {@link Number}, a {@link Boolean}, a text as it would stand in a CSV file, or
 * null where the cell is missing.
 */
public final class NamedRow {
  private final Schema schema;
  private final FeaturePlan plan;

  /** For rows of these columns. */
  public NamedRow(Schema schema) {
    this.schema = schema;
    List<String> names = schema.names();
    TableOptions options = TableOptions.of(Columns.training(null, null)).forModel(schema, null);
    List<Integer> places = IntStream.range(0, names.size()).boxed().toList();
    this.plan =
        new FeaturePlan(
            "the row",
            names,
            new Columns.Places(names, places, List.of(), List.of(), -1),
            options,
            Set.of());
  }

  /**
   * Reads a row.
   *
   * @param values by the columns' names; others are passed over
   * @param row gets a number for each column, as {@link Column} says
   * @throws DataException if a column is not there, or a value can't be used
   */
  public void read(Map<String, ?> values, float[] row) {
    FeaturePlan.Cells cells = plan.new Cells();
    List<Column> columns = schema.columns();
    for (int c = 0; c < columns.size(); c++) {
      String name = columns.get(c).name();
      Object value = values.get(name);
      if (value == null && !values.containsKey(name)) {
        throw new DataException(
            "the model needs "
                + Numeric.quote(name)
                + ", which the row lacks; "
                + (values.isEmpty()
                    ? "the row is empty"
                    : ColumnNames.suggest(name, values.keySet().stream().sorted().toList())));
      }
      row[c] = plan.isNumber(c) ? number(cells, c, value) : cells.code(c, text(value, c), 0);
    }
    cells.requireSameAnswers(schema, line -> "the row");
  }

  private float number(FeaturePlan.Cells cells, int feature, @Nullable Object value) {
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }
    float number;
    if (value instanceof Number given) {
      double wide = given.doubleValue();
      number = plan.missing().has(wide) ? Float.NaN : (float) wide;
      if (Float.isInfinite(number)) {
        throw unusable(given.toString(), feature);
      }
    } else {
      String text = text(value, feature);
      number = plan.number(text.toCharArray(), 0, text.length());
      if (Float.isNaN(number) && !plan.missing().has(text)) {
        number = cells.truth(feature, text, 0);
        if (Float.isNaN(number)) {
          throw unusable(text, feature);
        }
      }
    }
    if (Float.isNaN(number) && !plan.isAllowedMissing(feature, "")) {
      throw at(
          feature,
          "the number is missing, but the model learned from rows that all had one; fill it in");
    }
    return number;
  }

  private DataException unusable(String text, int feature) {
    return at(feature, Numeric.explain(Numeric.problem(text), text));
  }

  private DataException at(int feature, String what) {
    return new DataException(
        "column " + Numeric.quote(schema.columns().get(feature).name()) + ": " + what);
  }

  /** A value as a CSV file would have it. */
  private String text(@Nullable Object value, int feature) {
    if (value == null
        || value instanceof Number
        || value instanceof CharSequence
        || value instanceof Boolean) {
      return Rows.text(value);
    }
    throw at(
        feature,
        "a value of "
            + value.getClass().getSimpleName()
            + " is neither a number nor a word; give one of these, or null where it is missing");
  }
}
