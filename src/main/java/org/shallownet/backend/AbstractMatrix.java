package org.shallownet.backend;

/** A matrix that knows its memory, so that {@link AbstractBackend} can check owner and overlap. */
public abstract class AbstractMatrix implements Matrix {
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
  protected AbstractMatrix(Allocation allocation, long offset, long rows, int columns) {
    this.allocation = allocation;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public final long rows() {
    return rows;
  }

  @Override
  public final int columns() {
    return columns;
  }

  @Override
  public final Matrix rows(long first, long count) {
    if (first < 0 || count < 1 || first > rows - count) {
      throw new IndexOutOfBoundsException(
          "rows " + first + " to " + (first + count - 1) + " of a matrix of " + shape());
    }
    return first == 0 && count == rows ? this : view(first, count);
  }

  /** Rows of this matrix as a matrix; the range has been checked. */
  protected abstract AbstractMatrix view(long first, long count);

  /** The memory it lies in. */
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

  final boolean overlaps(AbstractMatrix other) {
    return allocation == other.allocation
        && offset < other.offset + other.size()
        && other.offset < offset + size();
  }

  final boolean sameAs(AbstractMatrix other) {
    return allocation == other.allocation
        && offset == other.offset
        && rows == other.rows
        && columns == other.columns;
  }

  @Override
  public final String toString() {
    return shape();
  }
}
