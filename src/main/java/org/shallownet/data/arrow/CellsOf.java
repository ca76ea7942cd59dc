package org.shallownet.data.arrow;

import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/** Chooses how a column's cells are read. */
final class CellsOf {
  private CellsOf() {}

  /**
   * The cells of a column without a dictionary.
   *
   * @return null if they are nothing that can be written as text
   */
  static @Nullable ArrowCells column(FieldVector vector) {
    ArrowCells cells = ArrowCells.of(vector);
    return cells == null ? ArrowTimes.of(vector) : cells;
  }
}
