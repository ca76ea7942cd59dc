package org.shallownet.backend.cpu.tiled;

/**
 * The arithmetic of {@link RowPass}, by vectors of units: samples lie row by row, so that a batch
 * of few samples costs no more than these.
 */
public interface RowKernels {
  /** Units of a row are padded to a multiple of this, whatever the vectors' length is. */
  int UNITS = 16;

  /** Rows of a product's left factor are taken up to so many at a time. */
  int ROWS = 4;

  /**
   * Computes a product. A row's sum over k has the same order for all rows and units.
   *
   * @param rows how many rows; there is room for a multiple of {@link #ROWS}, and rows beyond these
   *     may be written too
   * @param depth how many numbers a sum has
   */
  void multiply(RowProduct product, int rows, int depth);

  /**
   * Computes products of rows with rows.
   *
   * @param outputs rows of b
   * @param samples rows of a, at most as many as a block has
   */
  void dots(RowDots product, int outputs, int samples);
}
