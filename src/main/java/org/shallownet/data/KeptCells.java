package org.shallownet.data;

import java.util.List;

/** Cells of some columns of a table as text, row by row, such as go along with predictions. */
public interface KeptCells extends AutoCloseable {
  /** The columns' names. */
  List<String> names();

  /**
   * The cells of the next row.
   *
   * @throws DataException if there is no further row
   */
  List<String> next();

  @Override
  void close();
}
