package org.shallownet.data.columns;

import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Numeric;

/**
 * Cells of features that are no numbers. Reading goes on for a while after the first: where words
 * follow in its column, that is one of words, and all is read again.
 */
public final class BadCells {
  /** How many rows are looked at from the first bad cell on. */
  private static final long WINDOW_ROWS = 1000;

  private final LongFunction<String> where;
  private final List<String> names;
  private @Nullable String firstError;
  private long lastRow;

  /**
   * No cells so far.
   *
   * @param names the features' names
   * @param where says where a line is
   */
  public BadCells(List<String> names, LongFunction<String> where) {
    this.where = where;
    this.names = names;
  }

  /**
   * Adds one.
   *
   * @param row how many rows were read before its own
   */
  public void add(int feature, String cell, long row, long line) {
    if (firstError == null) {
      String stripped = cell.strip();
      lastRow = row + WINDOW_ROWS;
      firstError =
          where.apply(line)
              + ", column "
              + Numeric.quote(names.get(feature))
              + ": "
              + Numeric.explain(Numeric.problem(stripped), stripped);
    }
  }

  public boolean isEmpty() {
    return firstError == null;
  }

  /** Whether enough rows were seen to say what is wrong. */
  public boolean isDecided(long rows) {
    return firstError != null && rows >= lastRow;
  }

  /** What is wrong with the first. */
  public DataException error() {
    return new DataException(String.valueOf(firstError));
  }
}
