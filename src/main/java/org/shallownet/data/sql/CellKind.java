package org.shallownet.data.sql;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the cells of a column of a query's result are. */
enum CellKind {
  /** Numbers of any size. */
  NUMBER,
  /** True and false. */
  BOOLEAN,
  /** Words, which may turn out to be numbers, as in a CSV file. */
  TEXT,
  /** A column of SQLite, where each cell has a type of its own. */
  ANY,
  /** Neither a number nor a word: dates, times, intervals, lists, structures, bytes. */
  UNUSABLE;

  private static final Set<String> NUMBERS = Set.of("UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM");
  private static final Set<String> WORDS =
      Set.of("ENUM", "UUID", "CITEXT", "NULL", "\"NULL\"", "UNIQUEIDENTIFIER");

  /**
   * The kind of a column.
   *
   * @param type one of {@link Types}
   * @param typeName what the database calls it
   * @param precision how many digits it has, where the database says so
   */
  static CellKind of(int type, String typeName, int precision) {
    String name = typeName.toUpperCase(Locale.ROOT);
    return switch (type) {
      case Types.TINYINT,
          Types.SMALLINT,
          Types.INTEGER,
          Types.BIGINT,
          Types.REAL,
          Types.FLOAT,
          Types.DOUBLE,
          Types.DECIMAL,
          Types.NUMERIC ->
          NUMBER;
      case Types.BOOLEAN -> BOOLEAN;
      // Drivers call a truth value a bit, or a string of bits so.
      case Types.BIT -> name.startsWith("BOOL") || precision == 1 ? BOOLEAN : UNUSABLE;
      case Types.CHAR,
          Types.VARCHAR,
          Types.LONGVARCHAR,
          Types.NCHAR,
          Types.NVARCHAR,
          Types.LONGNVARCHAR,
          Types.CLOB,
          Types.NCLOB,
          Types.NULL ->
          TEXT;
      default -> NUMBERS.contains(name) ? NUMBER : WORDS.contains(name) ? TEXT : UNUSABLE;
    };
  }

  /**
   * The cell as a CSV file would have it, without blanks around it; empty where it is missing,
   * which not-a-number is, too.
   *
   * @param column counted from 1
   */
  String text(ResultSet row, int column) throws SQLException {
    switch (this) {
      case BOOLEAN -> {
        boolean value = row.getBoolean(column);
        return row.wasNull() ? "" : Boolean.toString(value);
      }
      case TEXT, UNUSABLE -> {
        String value = row.getString(column);
        return value == null ? "" : value.strip();
      }
      default -> {
        return text(row.getObject(column));
      }
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
