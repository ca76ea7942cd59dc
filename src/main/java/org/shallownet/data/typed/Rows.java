package org.shallownet.data.typed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;

/** Makes a table of rows in memory, each of which has its values by the columns' names. */
public final class Rows {
  private static final String SOURCE = "the rows";
  private static final TypedTable.Hints HINTS =
      new TypedTable.Hints(
          "make a number or a word of it", "give rows with numbers, words or truth values");

  private Rows() {}

  /**
   * The table of these rows. A value is a {@link Number}, a {@link Boolean}, a text, or null where
   * the cell is missing, as it also is where a row has no such name; columns are in the order in
   * which their names come up. Columns of numbers and truth values are what they are, those of
   * texts are decided by their cells as in a CSV file; others are left out.
   *
   * @param options such as {@link TableOptions#target}
   * @throws DataException if the rows can't be used, or there are none
   */
  public static Table table(List<? extends Map<String, ?>> rows, TableOptions options) {
    Map<String, @Nullable CellKind> kinds = new LinkedHashMap<>();
    Map<String, String> types = new LinkedHashMap<>();
    for (Map<String, ?> row : rows) {
      for (Map.Entry<String, ?> cell : row.entrySet()) {
        Object value = cell.getValue();
        // A map can't merge what is null, as the kind of a missing cell is.
        kinds.put(cell.getKey(), both(kinds.get(cell.getKey()), kind(value)));
        if (kind(value) == CellKind.UNUSABLE && value != null) {
          types.putIfAbsent(cell.getKey(), value.getClass().getSimpleName());
        }
      }
    }
    List<TypedColumn> columns = new ArrayList<>();
    List<String> keys = List.copyOf(kinds.keySet());
    kinds.forEach(
        (name, kind) ->
            columns.add(
                TypedColumn.of(
                    name,
                    columns.size(),
                    types.getOrDefault(name, "ANY"),
                    kind == null ? CellKind.TEXT : kind)));
    if (columns.isEmpty()) {
      throw new DataException(SOURCE + " have no values; give some");
    }
    TypedTable table = new TypedTable(SOURCE, columns, options, Fingerprinting.ofRows(), HINTS);
    for (Map<String, ?> row : rows) {
      table.add(new MapRow(keys, row));
    }
    try {
      return table.table();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
  }

  /** What a cell is; null, which goes with anything, where it is missing. */
  private static @Nullable CellKind kind(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    return value instanceof Number
        ? CellKind.NUMBER
        : value instanceof Boolean
            ? CellKind.BOOLEAN
            : value instanceof CharSequence ? CellKind.TEXT : CellKind.UNUSABLE;
  }

  private static @Nullable CellKind both(@Nullable CellKind one, @Nullable CellKind other) {
    if (one == null || one == other) {
      return other;
    }
    if (one == CellKind.UNUSABLE || other == null) {
      return one;
    }
    return other == CellKind.UNUSABLE ? other : CellKind.ANY;
  }

  /** The values of a row. */
  private record MapRow(List<String> keys, Map<String, ?> values) implements TypedRow {
    @Override
    public double number(int place) {
      Object value = values.get(keys.get(place));
      if (value instanceof Boolean truth) {
        return truth ? 1 : 0;
      }
      return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    @Override
    public String text(int place) {
      return Rows.text(values.get(keys.get(place)));
    }
  }

  /** A value as a CSV file would have it, without blanks around it; empty where it is missing. */
  static String text(@Nullable Object value) {
    if (value == null
        || (value instanceof Double d && Double.isNaN(d))
        || (value instanceof Float f && Float.isNaN(f))) {
      return "";
    }
    return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString().strip();
  }
}
