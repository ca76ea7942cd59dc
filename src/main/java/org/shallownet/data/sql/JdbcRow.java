package org.shallownet.data.sql;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.typed.CellKind;
import org.shallownet.data.typed.TypedColumn;
import org.shallownet.data.typed.TypedRow;

/** The row where a query's result stands. */
final class JdbcRow implements TypedRow {
  private final String source;
  private final ResultSet result;
  private final CellKind[] kinds;

  /**
   * The rows of a result, one at a time.
   *
   * @param source what the table is called in messages
   */
  JdbcRow(String source, ResultSet result, List<TypedColumn> columns) {
    this.source = source;
    this.result = result;
    kinds = columns.stream().map(TypedColumn::kind).toArray(CellKind[]::new);
  }

  @Override
  public double number(int place) {
    try {
      double value;
      if (kinds[place] == CellKind.BOOLEAN) {
        value = result.getBoolean(place + 1) ? 1 : 0;
      } else {
        value = result.getDouble(place + 1);
      }
      return value == 0 && result.wasNull() ? Double.NaN : value;
    } catch (SQLException e) {
      throw SqlFailures.refused(source, e);
    }
  }

  @Override
  public String text(int place) {
    try {
      switch (kinds[place]) {
        case BOOLEAN -> {
          boolean value = result.getBoolean(place + 1);
          return result.wasNull() ? "" : Boolean.toString(value);
        }
        case TEXT, UNUSABLE -> {
          String value = result.getString(place + 1);
          return value == null ? "" : value.strip();
        }
        default -> {
          return text(result.getObject(place + 1));
        }
      }
    } catch (SQLException e) {
      throw SqlFailures.refused(source, e);
    }
  }

  private static String text(@Nullable Object value) {
    if (value == null
        || (value instanceof Double d && Double.isNaN(d))
        || (value instanceof Float f && Float.isNaN(f))) {
      return "";
    }
    return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString().strip();
  }
}
