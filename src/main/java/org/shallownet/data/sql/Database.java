package org.shallownet.data.sql;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.typed.Fingerprinting;

/** A connection to a database that is only read. */
final class Database implements AutoCloseable {
  private static final String DUCKDB = "jdbc:duckdb:";

  /** How many rows a database sends at a time. */
  private static final int FETCHED_ROWS = 10_000;

  /** Where the drivers are that the launcher fetches. */
  private static final Map<String, String> DRIVERS =
      Map.of(
          DUCKDB,
          "org.duckdb:duckdb_jdbc:2.0.0.1",
          ResultSets.SQLITE,
          "org.xerial:sqlite-jdbc:3.54.1.0",
          "jdbc:postgresql:",
          "org.postgresql:postgresql:42.7.14");

  private final Connection connection;
  private final String url;

  private Database(Connection connection, String url) {
    this.connection = connection;
    this.url = url;
  }

  /** DuckDB without a database of its own, to read files with. */
  static Database ofFiles() {
    return open(DUCKDB);
  }

  /** The database in a DuckDB file. */
  static Database duckDb(Path file) {
    return open(DUCKDB + file);
  }

  /** The database in an SQLite file. */
  static Database sqlite(Path file) {
    return open(ResultSets.SQLITE + file);
  }

  /**
   * Connects to a database.
   *
   * @throws DataException if there is no driver for it, or the database refuses
   */
  static Database open(String url) {
    try {
      DriverManager.getDriver(url);
    } catch (SQLException e) {
      throw noDriver(url, e);
    }
    try {
      Connection connection = DriverManager.getConnection(url, properties(url));
      Database database = new Database(connection, url);
      database.prepare();
      return database;
    } catch (SQLException e) {
      throw SqlFailures.unreachable(url, e);
    }
  }

  private static DataException noDriver(String url, SQLException e) {
    String scheme = SqlFailures.scheme(url);
    String driver = DRIVERS.get(scheme);
    if (driver == null) {
      return new DataException(
          "no driver on the class path knows "
              + scheme
              + "…; name the driver's jar in the environment variable SHALLOWNET_CLASS_PATH",
          e);
    }
    return new DataException(
        "the driver "
            + driver
            + " is not on the class path; ./shallownet fetches it by itself, elsewhere add it from"
            + " Maven Central",
        e);
  }

  /** The coordinates of the drivers that the launcher fetches. */
  static Collection<String> drivers() {
    return DRIVERS.values();
  }

  private static Properties properties(String url) {
    Properties properties = new Properties();
    if (url.startsWith(DUCKDB)) {
      // Rows come while others are still computed, and are not all held at once.
      properties.setProperty("jdbc_stream_results", "true");
      if (url.length() > DUCKDB.length() && !url.contains(":memory:")) {
        properties.setProperty("duckdb.read_only", "true");
      }
    } else if (url.startsWith(ResultSets.SQLITE)) {
      properties.setProperty("open_mode", "1"); // SQLITE_OPEN_READONLY
    }
    return properties;
  }

  /** Makes the database send rows as they are read, and change nothing. */
  private void prepare() throws SQLException {
    if (!url.startsWith(DUCKDB) && !url.startsWith(ResultSets.SQLITE)) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false);
    }
  }

  /**
   * Asks a query.
   *
   * @param source what the table is called in messages
   * @param fingerprint makes the table's fingerprint
   */
  Table read(String source, String sql, TableOptions options, Fingerprinting fingerprint)
      throws IOException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCHED_ROWS);
      try (ResultSet rows = statement.executeQuery(sql)) {
        return ResultSets.read(source, rows, options, fingerprint);
      }
    } catch (SQLException e) {
      throw SqlFailures.refused(source, e);
    }
  }

  /**
   * The query for all rows of the only table.
   *
   * @param source what the file is called in messages
   * @throws DataException if there are several tables or none
   */
  String onlyTable(String source) {
    List<String> tables = new ArrayList<>();
    try (ResultSet found = connection.getMetaData().getTables(null, null, "%", null)) {
      while (found.next()) {
        String type = String.valueOf(found.getString("TABLE_TYPE")).toUpperCase(Locale.ROOT);
        if (type.equals("VIEW") || (type.endsWith("TABLE") && !type.startsWith("SYSTEM"))) {
          tables.add(found.getString("TABLE_NAME"));
        }
      }
    } catch (SQLException e) {
      throw SqlFailures.refused(source, e);
    }
    if (tables.isEmpty()) {
      throw new DataException(source + " is a database without a table");
    }
    if (tables.size() > 1) {
      throw new DataException(
          source
              + " has the tables "
              + ColumnNames.list(tables, 5)
              + "; choose one with --connect "
              + shell(url)
              + " --query "
              + shell(all(tables.get(0)))
              + " instead of the file");
    }
    return all(tables.get(0));
  }

  private static String all(String table) {
    return "SELECT * FROM \"" + table.replace("\"", "\"\"") + "\"";
  }

  /** As one word of a shell's line. */
  private static String shell(String word) {
    return word.matches("[A-Za-z0-9_./:-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw SqlFailures.unreachable(url, e);
    }
  }
}
