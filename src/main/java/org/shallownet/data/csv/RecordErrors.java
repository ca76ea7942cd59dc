package org.shallownet.data.csv;

import java.util.List;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;

/** What is wrong with a file's records, in sentences that say what to do. */
final class RecordErrors {
  private RecordErrors() {}

  static DataException empty(String file) {
    return new DataException(file + " is empty; its first line must name the columns, rows follow");
  }

  static DataException noRows(String file) {
    return new DataException(
        file
            + " has a header but no rows; add rows, or if its first line is one, read it with"
            + " --no-header");
  }

  /** A row has more or fewer fields than the header. */
  static DataException ragged(String where, int fields, List<String> header, CsvFormat format) {
    return new DataException(
        where
            + ": the row has "
            + count(fields, "field")
            + " but the header has "
            + header.size()
            + (fields > header.size()
                ? "; put fields with separators in quotes"
                : "; add those that lack, empty if nothing is known, or remove the row")
            + commentAdvice(header, format));
  }

  /** What to do if a comment was taken for the header; empty if none was. */
  static String commentAdvice(List<String> header, CsvFormat format) {
    return format.comment() == null && header.get(0).startsWith("#")
        ? "; if the first line is a comment, read the file with --comment '#'"
        : "";
  }

  /** A further file has another header. */
  static DataException otherColumns(String file, List<String> header, List<String> found) {
    return new DataException(
        file
            + " has other columns than the files before it: "
            + difference(header, found)
            + "; give both the same header, or read them one by one");
  }

  private static String difference(List<String> header, List<String> found) {
    for (int i = 0; i < Math.min(found.size(), header.size()); i++) {
      if (!found.get(i).equals(header.get(i))) {
        return "column "
            + (i + 1)
            + " is "
            + Numeric.quote(found.get(i))
            + " and not "
            + Numeric.quote(header.get(i));
      }
    }
    return count(found.size(), "column") + " and not " + header.size();
  }

  /**
   * A field has no end that is right.
   *
   * @param tooLong whether it is longer than may be; else a quote is not closed as it should
   */
  static DataException badField(String where, boolean tooLong, Exception cause) {
    return new DataException(
        where
            + (tooLong
                ? ": the field that begins here is longer than "
                    + CsvGrammar.MOST_FIELD_CHARS
                    + " characters, the most that one may have; shorten it, or check that the"
                    + " separator is right"
                : ": the field that begins here has no proper end; close its quote right before"
                    + " the next comma or the line's end, and double quotes inside it"),
        cause);
  }

  private static String count(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
