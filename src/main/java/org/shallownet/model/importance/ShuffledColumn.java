package org.shallownet.model.importance;

import org.shallownet.data.features.FeatureTable;

/** A table of which the cells of one column are in another order. */
final class ShuffledColumn implements FeatureTable {
  private static final int BLOCK_FLOATS = 1 << 16;

  private final FeatureTable table;
  private final int column;
  private final float[] cells;

  private ShuffledColumn(FeatureTable table, int column, float[] cells) {
    this.table = table;
    this.column = column;
    this.cells = cells;
  }

  /**
   * Such a table.
   *
   * @param order for each row the row whose cell it gets
   */
  static ShuffledColumn of(FeatureTable table, int column, int[] order) {
    float[] own = new float[order.length];
    int columns = table.columns();
    int most = Math.max(1, BLOCK_FLOATS / columns);
    float[] block = new float[Math.min(most, order.length) * columns];
    for (int first = 0; first < own.length; first += most) {
      int count = Math.min(most, own.length - first);
      table.read(first, count, block, 0);
      for (int r = 0; r < count; r++) {
        own[first + r] = block[r * columns + column];
      }
    }
    float[] cells = new float[order.length];
    for (int row = 0; row < cells.length; row++) {
      cells[row] = own[order[row]];
    }
    return new ShuffledColumn(table, column, cells);
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int columns() {
    return table.columns();
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    table.read(first, count, destination, offset);
    for (int r = 0; r < count; r++) {
      destination[offset + r * table.columns() + column] = cells[(int) first + r];
    }
  }
}
