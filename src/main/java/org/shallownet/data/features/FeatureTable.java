package org.shallownet.data.features;

/**
 * The features of a data set as float32, one row per sample, read by ranges of rows.
 *
 * <p>Where the numbers lie, in memory or in a file, is the implementation's business. Tables don't
 * change and may be read by several threads.
 */
public interface FeatureTable {
  /** The number of rows. */
  long rows();

  /** The number of columns. */
  int columns();

  /**
   * Copies rows {@code first … first + count - 1} to {@code destination}, row by row, from {@code
   * offset} on.
   *
   * @throws IndexOutOfBoundsException if the rows are not in the table or don't fit
   */
  void read(long first, int count, float[] destination, int offset);

  /**
   * The table made of these rows, in this order; it shares this table's memory.
   *
   * @throws IndexOutOfBoundsException if a row is not in the table
   */
  default FeatureTable select(RowIndex rows) {
    return new SelectedRows(this, rows);
  }
}
