package org.shallownet.data.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.typed.Fingerprinting;
import org.shallownet.data.typed.TypedColumn;
import org.shallownet.data.typed.TypedTable;

/** Makes a table of what a query has given. */
public final class ResultSets {
  /** What URLs of SQLite's databases begin with. */
  static final String SQLITE = "jdbc:sqlite:";

  private static final String SOURCE = "the result";
  private static final TypedTable.Hints HINTS =
      new TypedTable.Hints(
          "make a number of it in a query",
          "rows of JSON are objects in a list, in pandas to_json(orient='records')");

  private ResultSets() {}

  /**
   * The table of a result's rows, from the next one to the last. The result is not closed.
   *
   * @param options such as {@link TableOptions#target}
   * @throws DataException if the rows can't be used, there are none, or the database refuses
   */
  public static Table table(ResultSet result, TableOptions options) {
    try {
      return read(SOURCE, result, options, Fingerprinting.ofRows());
    } catch (SQLException e) {
      throw SqlFailures.refused(SOURCE, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // rows are no file
    }
  }

  /** The same of rows that come from somewhere. */
  static Table read(
      String source, ResultSet result, TableOptions options, Fingerprinting fingerprint)
      throws SQLException, IOException {
    List<TypedColumn> columns = JdbcColumns.of(result.getMetaData(), hasTypedCells(result));
    TypedTable table = new TypedTable(source, columns, options, fingerprint, HINTS);
    JdbcRow row = new JdbcRow(source, result, columns);
    while (result.next()) {
      table.add(row);
    }
    return table.table();
  }

  /** Whether each cell has a type of its own, as in SQLite. */
  private static boolean hasTypedCells(ResultSet result) throws SQLException {
    Statement statement = result.getStatement();
    String url = statement == null ? null : statement.getConnection().getMetaData().getURL();
    return url != null && url.startsWith(SQLITE);
  }
}
