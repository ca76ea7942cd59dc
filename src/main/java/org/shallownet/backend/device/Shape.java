package org.shallownet.backend.device;

/**
 * The size of a matrix.
 *
 * @param rows at least 1
 * @param columns at least 1
 */
public record Shape(long rows, int columns) {
  /** Checks that both are positive. */
  public Shape {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "a matrix needs at least 1 row and 1 column, not " + rows + "×" + columns);
    }
  }

  @Override
  public String toString() {
    return rows + "×" + columns;
  }
}
