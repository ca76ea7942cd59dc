package org.shallownet.cli.options;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.TableSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that ask a query instead of naming a table's file. */
public final class QueryOptions {
  /** What a table's file may be, for the help. */
  public static final String FILES =
      "The table: a CSV file (also .gz, or - for standard input), a .npy, .npz, Parquet,"
          + " Arrow or JSON file, or a DuckDB or SQLite file with one table. Several CSV files with the same columns"
          + " are read as one; 'a*.csv' stands for all that fit. Not with --query.";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--query",
      paramLabel = "SQL",
      description =
          "The table is what this query gives, by DuckDB over files such as 'a.parquet', 'b*.csv' or"
              + " 'c.json', or at --connect; ORDER BY makes the order of rows certain.")
  private @Nullable String query;

  @Option(
      names = "--connect",
      paramLabel = "URL",
      description =
          "The database that --query asks, such as jdbc:postgresql://host/db?user=me or"
              + " jdbc:sqlite:file.db; its driver is on the class path (default: none, files alone).")
  private @Nullable String url;

  /**
   * Where the table comes from.
   *
   * @param named the files that were named, or patterns of them; none for a query
   * @throws ParameterException unless there is a file or a query, and not both
   */
  public TableSource source(List<Path> named) {
    if (query == null && url != null) {
      throw refuse("--connect needs --query \"SELECT …\" that says which rows are wanted");
    }
    if (query == null) {
      if (named.isEmpty()) {
        throw refuse("DATA is missing; name the table's file, or give --query \"SELECT …\"");
      }
      List<Path> files = FilePatterns.expand(named);
      return files.size() == 1 ? new TableSource.File(files.get(0)) : new TableSource.Files(files);
    }
    if (!named.isEmpty()) {
      throw refuse(
          "there are both a file, "
              + named.get(0)
              + ", and --query; leave one out (a query names its files"
              + " in quotes: \"SELECT * FROM 'a.parquet'\")");
    }
    if (query.isBlank()) {
      throw refuse("--query is empty; write one such as \"SELECT * FROM 'a.parquet'\"");
    }
    if (url != null && !url.startsWith("jdbc:")) {
      throw refuse("--connect must be a JDBC URL, such as jdbc:postgresql://host/db?user=me");
    }
    return url == null ? TableSource.Query.overFiles(query) : new TableSource.Query(url, query);
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
