package org.shallownet.backend.device;

/**
 * A row-major float32 matrix in a device's memory; for data, rows are samples.
 *
 * <p>It belongs to the {@link Scope} it was allocated in and is gone when that closes. Row ranges
 * of it are matrices too and share its memory.
 */
public abstract class Matrix implements Operand {
  private final Allocation allocation;
  private final long offset;
  private final long rows;
  private final int columns;

  /**
   * A matrix in this memory.
   *
   * @param offset how many elements of the allocation lie before this matrix's first one, padding
   *     not counted
   */
  protected Matrix(Allocation allocation, long offset, long rows, int columns) {
    this.allocation = allocation;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
  }

  /** The number of rows, at least 1. */
  public final long rows() {
    return rows;
  }

  /** The number of columns, at least 1. */
  public final int columns() {
    return columns;
  }

  /**
   * Rows {@code first … first + count - 1} as a matrix that shares this one's memory.
   *
   * @throws IndexOutOfBoundsException if the range is empty or not inside this matrix
   */
  public final Matrix rows(long first, long count) {
    if (first < 0 || count < 1 || first > rows - count) {
      throw new IndexOutOfBoundsException(
          "rows " + first + " to " + (first + count - 1) + " of a matrix of " + shape());
    }
    return first == 0 && count == rows ? this : view(first, count);
  }

  /** Rows of this matrix as a matrix; the range has been checked. */
  protected abstract Matrix view(long first, long count);

  @Override
  public final Allocation allocation() {
    return allocation;
  }

  /** How many elements of the allocation lie before this matrix's first one. */
  public final long offset() {
    return offset;
  }

  /** How many elements it has. */
  public final long size() {
    return rows * columns;
  }

  /** Whether some element belongs to both. */
  final boolean overlaps(Matrix other) {
    return allocation == other.allocation
        && offset < other.offset + other.size()
        && other.offset < offset + size();
  }

  /** Whether both have the same shape and place. */
  final boolean sameAs(Matrix other) {
    return allocation == other.allocation
        && offset == other.offset
        && rows == other.rows
        && columns == other.columns;
  }

  /** {@code rows × columns} as people write it. */
  public final String shape() {
    return rows + "×" + columns;
  }

  @Override
  public final String toString() {
    return shape();
  }
}
