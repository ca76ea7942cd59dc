package org.shallownet.data.columns;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.Numeric;

/**
 * Cells of features that are no numbers. Reading goes on for a while after the first, to tell a
 * column of text from a stray cell.
 */
public final class BadCells {
  /** How many rows are looked at from the first bad cell on. */
  private static final long WINDOW_ROWS = 1000;

  private final String file;
  private final LongFunction<String> where;
  private final List<String> names;
  private final boolean fixed;
  private final long[] texts;
  private final long[] others;
  private @Nullable String firstError;
  private long lastRow;

  /**
   * Of a file.
   *
   * @param names the features' names
   * @param fixed whether just these features are needed, so that none can be left out
   * @param where says where a line is
   */
  public BadCells(String file, List<String> names, boolean fixed, LongFunction<String> where) {
    this.where = where;
    this.file = file;
    this.names = names;
    this.fixed = fixed;
    this.texts = new long[names.size()];
    this.others = new long[names.size()];
  }

  public void add(int feature, String cell, long row, long line) {
    String stripped = cell.strip();
    Numeric.Problem problem = Numeric.problem(stripped);
    if (problem == Numeric.Problem.TEXT) {
      texts[feature]++;
    } else {
      others[feature]++;
    }
    if (firstError == null) {
      lastRow = row + WINDOW_ROWS;
      firstError =
          where.apply(line)
              + ", column "
              + Numeric.quote(names.get(feature))
              + ": "
              + Numeric.explain(problem, stripped);
    }
  }

  public boolean isEmpty() {
    return firstError == null;
  }

  /** Whether enough rows were seen to say what is wrong. */
  public boolean isDecided(long rows) {
    return firstError != null && rows >= lastRow;
  }

  /**
   * What is wrong.
   *
   * @param rows how many rows were read
   */
  public DataException error(long rows) {
    List<String> text = new ArrayList<>();
    List<String> numeric = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      long numbers = rows - texts[i] - others[i];
      (texts[i] > numbers ? text : numeric).add(names.get(i));
    }
    if (fixed || text.isEmpty()) {
      return new DataException(String.valueOf(firstError));
    }
    String which =
        (text.size() == 1 ? "the column " : "the columns ")
            + ColumnNames.list(text, text.size())
            + (text.size() == 1 ? " holds" : " hold")
            + " text, features must be numbers; ";
    return new DataException(
        file
            + ": "
            + which
            + (numeric.isEmpty()
                ? "there is no column of numbers to use"
                : (text.size() == 1 ? "leave it out" : "leave them out")
                    + " with --features "
                    + ColumnNames.argument(numeric)));
  }
}
