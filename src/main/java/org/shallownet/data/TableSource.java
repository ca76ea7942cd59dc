package org.shallownet.data;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Where a table comes from: a file, several that are read as one, or an SQL query. */
public sealed interface TableSource {
  /** What it is called in messages. */
  String name();

  /** What a model of it remembers: the file's name, or the query. */
  String origin();

  /**
   * A file of a format that {@link Table#read(Path, TableOptions)} knows.
   *
   * @param path {@code -} for standard input
   */
  record File(Path path) implements TableSource {
    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public String origin() {
      return String.valueOf(path.getFileName());
    }
  }

  /**
   * CSV files with the same columns, read one after the other as one table.
   *
   * @param paths two or more
   */
  record Files(List<Path> paths) implements TableSource {
    /** Copies the list. */
    public Files {
      paths = List.copyOf(paths);
    }

    @Override
    public String name() {
      return paths.get(0) + " and " + (paths.size() - 1) + " more";
    }

    @Override
    public String origin() {
      return paths.stream()
          .map(path -> String.valueOf(path.getFileName()))
          .collect(Collectors.joining(", "));
    }
  }

  /** The files themselves; none for a query. */
  default List<Path> files() {
    if (this instanceof File file) {
      return List.of(file.path());
    }
    return this instanceof Files several ? several.paths() : List.of();
  }

  /**
   * The rows that a query gives, in its order: without ORDER BY a database may give them in another
   * order the next time.
   *
   * @param url the JDBC URL of the database that is asked, whose driver is on the class path; it
   *     may hold a password and is never shown
   * @param sql what is asked: one query
   */
  record Query(String url, String sql) implements TableSource {
    /** DuckDB without a database of its own, whose queries name files. */
    private static final String FILES = "jdbc:duckdb:";

    /** A query over files, such as {@code SELECT * FROM 'a.parquet' JOIN 'b.csv' USING (id)}. */
    public static Query overFiles(String sql) {
      return new Query(FILES, sql);
    }

    @Override
    public String name() {
      return "the query";
    }

    @Override
    public String origin() {
      return sql.strip().replaceAll("\\s+", " ");
    }

    /** Without the URL, which may hold a password. */
    @Override
    public String toString() {
      return origin();
    }
  }
}
