package org.shallownet.data.sql;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.shallownet.data.Columns;

/**
 * A column of a query's result.
 *
 * @param name its name
 * @param type what the database calls its type
 * @param kind what its cells are
 */
record ResultColumn(String name, String type, CellKind kind) {
  /** How pandas names row labels that it saves as a column. */
  private static final Pattern PANDAS_INDEX = Pattern.compile("__index_level_\\d+__");

  private static final int LONGEST_TYPE = 40;

  /**
   * The columns of a result.
   *
   * @param typedCells whether each cell has a type of its own, as in SQLite
   */
  static List<ResultColumn> of(ResultSetMetaData result, boolean typedCells) throws SQLException {
    List<ResultColumn> columns = new ArrayList<>();
    for (int i = 1; i <= result.getColumnCount(); i++) {
      String label = result.getColumnLabel(i);
      String name = label == null || label.isBlank() ? Columns.unnamed(i - 1) : label.strip();
      String type = String.valueOf(result.getColumnTypeName(i));
      int jdbc = result.getColumnType(i);
      CellKind kind;
      if (typedCells) {
        kind = jdbc == Types.BLOB || jdbc == Types.BINARY ? CellKind.UNUSABLE : CellKind.ANY;
      } else {
        kind = CellKind.of(jdbc, type, result.getPrecision(i));
      }
      columns.add(new ResultColumn(name, shortened(type.toUpperCase(Locale.ROOT)), kind));
    }
    return columns;
  }

  /** Structures name all their parts, which may be many. */
  private static String shortened(String type) {
    int parts = type.indexOf('(');
    return type.length() <= LONGEST_TYPE || parts < 0 ? type : type.substring(0, parts) + "(…)";
  }

  /** Whether it is left out unless it is named. */
  boolean isLeftOut() {
    return kind == CellKind.UNUSABLE || isIndex();
  }

  /** Whether it holds dates or times. */
  boolean isTime() {
    return type.startsWith("DATE") || type.startsWith("TIME");
  }

  /** Whether it holds the row labels of a data frame. */
  boolean isIndex() {
    return PANDAS_INDEX.matcher(name).matches();
  }
}
