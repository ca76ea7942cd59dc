package org.shallownet.data.sql;

import java.io.IOException;
import java.nio.file.Path;
import org.shallownet.data.FileFormat;
import org.shallownet.data.QueryReader;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableReader;
import org.shallownet.data.TableSource;
import org.shallownet.data.typed.Fingerprinting;

/**
 * Reads SQL queries, Parquet and JSON files, and the table of a DuckDB or SQLite file, with the
 * drivers on the class path.
 */
public final class SqlTables implements TableReader, QueryReader {
  @Override
  public boolean reads(FileFormat format) {
    return switch (format) {
      case PARQUET, JSON, DUCKDB, SQLITE -> true;
      default -> false;
    };
  }

  @Override
  public Table read(String name, Path file, TableOptions options) throws IOException {
    FileFormat format = FileFormat.of(file);
    try (Database database =
        switch (format) {
          case SQLITE -> Database.sqlite(file);
          case DUCKDB -> Database.duckDb(file);
          default -> Database.ofFiles();
        }) {
      String sql =
          switch (format) {
            case PARQUET ->
                "SELECT * FROM read_parquet(" + literal(file) + ", hive_partitioning = false)";
            case JSON ->
                "SELECT * FROM read_json("
                    + literal(file)
                    + ", hive_partitioning = false, sample_size = -1)";
            default -> database.onlyTable(name);
          };
      return database.read(name, sql, options, Fingerprinting.ofFile(file));
    }
  }

  @Override
  public Table read(TableSource.Query query, TableOptions options) throws IOException {
    try (Database database = Database.open(query.url())) {
      return database.read(query.name(), query.sql(), options, Fingerprinting.ofRows());
    }
  }

  /** A file's name in SQL, of which no character stands for others. */
  private static String literal(Path file) {
    return "'" + file.toString().replaceAll("[\\[*?]", "[$0]").replace("'", "''") + "'";
  }
}
