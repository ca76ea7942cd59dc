package org.shallownet.data;

import java.util.Objects;

/** Some rows of another table, in an order of their own. */
final class SelectedRows implements FeatureTable {
  private final FeatureTable table;
  private final long[] indices;

  SelectedRows(FeatureTable table, long[] indices) {
    for (long index : indices) {
      Objects.checkIndex(index, table.rows());
    }
    this.table = table;
    this.indices = indices;
  }

  @Override
  public long rows() {
    return indices.length;
  }

  @Override
  public int columns() {
    return table.columns();
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, count, rows());
    for (int i = 0; i < count; i++) {
      table.read(indices[(int) first + i], 1, destination, offset + i * columns());
    }
  }

  @Override
  public FeatureTable select(long[] chosen) {
    long[] composed = new long[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      composed[i] = indices[(int) Objects.checkIndex(chosen[i], rows())];
    }
    return new SelectedRows(table, composed);
  }
}
