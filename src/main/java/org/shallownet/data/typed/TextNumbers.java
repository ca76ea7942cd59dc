package org.shallownet.data.typed;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Numeric;

/** The numbers in a column of texts, as long as each of them is one or missing. */
final class TextNumbers {
  private float @Nullable [] values = new float[256];
  private int rows;
  private boolean any;
  private @Nullable String problem;
  private long problemRow;

  /**
   * Adds a cell.
   *
   * @param value the number; NaN if it is missing or no number
   * @param missing whether it is missing
   */
  void add(float value, boolean missing, String text, long row) {
    if (values == null) {
      return;
    }
    if (Float.isNaN(value) && !missing) {
      Numeric.Problem found = Numeric.problem(text);
      if (found != Numeric.Problem.NOT_FINITE && found != Numeric.Problem.TOO_LARGE) {
        values = null;
        return;
      }
      if (problem == null) {
        problem = Numeric.explain(found, text);
        problemRow = row;
      }
    }
    if (rows == values.length) {
      values = Arrays.copyOf(values, Math.multiplyExact(2, rows));
    }
    values[rows++] = value;
    any |= !missing;
  }

  /** Whether another cell might still make a column of numbers of it. */
  boolean isOpen() {
    return values != null;
  }

  /** The numbers of all rows, NaN where missing; null if the column is one of words. */
  float @Nullable [] values() {
    return any ? values : null;
  }

  /** What is wrong with a number that float32 does not hold; null if nothing is. */
  @Nullable String problem() {
    return problem;
  }

  /** The row of that number. */
  long problemRow() {
    return problemRow;
  }
}
