package org.shallownet.backend;

/**
 * A row-major float32 matrix in a backend's memory; for data, rows are samples.
 *
 * <p>It belongs to the {@link Scope} it was allocated in and is gone when that closes. Row ranges
 * of it are matrices too and share its memory.
 */
public interface Matrix {
  /** The number of rows, at least 1. */
  long rows();

  /** The number of columns, at least 1. */
  int columns();

  /**
   * Rows {@code first … first + count - 1} as a matrix that shares this one's memory.
   *
   * @throws IndexOutOfBoundsException if the range is empty or not inside this matrix
   */
  Matrix rows(long first, long count);

  /** {@code rows × columns} as people write it. */
  default String shape() {
    return rows() + "×" + columns();
  }
}
