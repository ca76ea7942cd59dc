package org.shallownet.data.sql;

import java.sql.SQLException;
import java.util.regex.Pattern;
import org.shallownet.data.DataException;

/** Turns what a database says is wrong into one sentence. */
final class SqlFailures {
  /** Where DuckDB and PostgreSQL show the query again. */
  private static final Pattern EXCERPT =
      Pattern.compile("\\n+(LINE \\d+:|\\s*Position: |For more info).*", Pattern.DOTALL);

  private SqlFailures() {}

  /**
   * The error for a query that a database did not run to its end.
   *
   * @param source what the table is called in messages
   */
  static DataException refused(String source, SQLException e) {
    return new DataException(source + " can't be read: " + sentence(e), e);
  }

  /**
   * The error for a database that can't be reached.
   *
   * @param url may hold a password, so only its beginning is shown
   */
  static DataException unreachable(String url, SQLException e) {
    return new DataException(
        "the database of --connect " + scheme(url) + "… can't be used: " + sentence(e), e);
  }

  /** What a URL begins with, such as {@code jdbc:postgresql:}. */
  static String scheme(String url) {
    String[] parts = url.split(":", 3);
    return parts.length < 3 ? url : parts[0] + ":" + parts[1] + ":";
  }

  private static String sentence(SQLException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    String text = EXCERPT.matcher(message).replaceFirst("").strip();
    return text.replaceAll("!?\\s*\\n\\s*", "; ").replaceAll("[.!\\s]+$", "");
  }
}
