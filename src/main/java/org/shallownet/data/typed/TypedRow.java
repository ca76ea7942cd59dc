package org.shallownet.data.typed;

import org.shallownet.data.DataException;

/** The row of a table where its reader stands. Columns are counted from 0. */
public interface TypedRow {
  /**
   * A cell of a column of numbers or of truth values, of which true is 1 and false is 0; NaN where
   * it is missing.
   *
   * @throws DataException if it can't be read
   */
  double number(int place);

  /**
   * The cell as a CSV file would have it, without blanks around it; empty where it is missing,
   * which not-a-number is, too.
   *
   * @throws DataException if it can't be read
   */
  String text(int place);
}
