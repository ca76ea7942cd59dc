package org.shallownet.data.sql;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.shallownet.data.typed.CellKind;
import org.shallownet.data.typed.TypedColumn;

/** The columns of a query's result. */
final class JdbcColumns {
  private static final Set<String> NUMBERS = Set.of("UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM");
  private static final Set<String> WORDS =
      Set.of("ENUM", "UUID", "CITEXT", "NULL", "\"NULL\"", "UNIQUEIDENTIFIER");

  private JdbcColumns() {}

  /**
   * The columns of a result.
   *
   * @param typedCells whether each cell has a type of its own, as in SQLite
   */
  static List<TypedColumn> of(ResultSetMetaData result, boolean typedCells) throws SQLException {
    List<TypedColumn> columns = new ArrayList<>();
    for (int i = 1; i <= result.getColumnCount(); i++) {
      String type = String.valueOf(result.getColumnTypeName(i));
      int jdbc = result.getColumnType(i);
      CellKind kind;
      if (typedCells) {
        kind = jdbc == Types.BLOB || jdbc == Types.BINARY ? CellKind.UNUSABLE : CellKind.ANY;
      } else {
        kind = kind(jdbc, type, result.getPrecision(i));
      }
      columns.add(TypedColumn.of(result.getColumnLabel(i), i - 1, type, kind));
    }
    return columns;
  }

  /**
   * The kind of a column.
   *
   * @param type one of {@link Types}
   * @param typeName what the database calls it
   * @param precision how many digits it has, where the database says so
   */
  private static CellKind kind(int type, String typeName, int precision) {
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
          CellKind.NUMBER;
      case Types.BOOLEAN -> CellKind.BOOLEAN;
      // Drivers call a truth value a bit, or a string of bits so.
      case Types.BIT ->
          name.startsWith("BOOL") || precision == 1 ? CellKind.BOOLEAN : CellKind.UNUSABLE;
      case Types.CHAR,
          Types.VARCHAR,
          Types.LONGVARCHAR,
          Types.NCHAR,
          Types.NVARCHAR,
          Types.LONGNVARCHAR,
          Types.CLOB,
          Types.NCLOB,
          Types.NULL ->
          CellKind.TEXT;
      default ->
          NUMBERS.contains(name)
              ? CellKind.NUMBER
              : WORDS.contains(name) ? CellKind.TEXT : CellKind.UNUSABLE;
    };
  }
}
