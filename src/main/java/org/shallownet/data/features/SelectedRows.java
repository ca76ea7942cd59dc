package org.shallownet.data.features;

import java.util.Objects;

/** Some rows of another table, in an order of their own. */
final class SelectedRows implements FeatureTable {
  private final FeatureTable table;
  private final RowIndex index;

  SelectedRows(FeatureTable table, RowIndex index) {
    for (long i = 0; i < index.size(); i++) {
      Objects.checkIndex(index.get(i), table.rows());
    }
    this.table = table;
    this.index = index;
  }

  @Override
  public long rows() {
    return index.size();
  }

  @Override
  public int columns() {
    return table.columns();
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    Objects.checkFromIndexSize(first, (long) count, rows());
    int done = 0;
    while (done < count) {
      long row = index.get(first + done);
      int run = 1;
      while (done + run < count && index.get(first + done + run) == row + run) {
        run++;
      }
      table.read(row, run, destination, offset + done * columns());
      done += run;
    }
  }

  @Override
  public FeatureTable select(RowIndex chosen) {
    RowIndex.Builder composed = new RowIndex.Builder();
    for (long i = 0; i < chosen.size(); i++) {
      composed.add(index.get(chosen.get(i)));
    }
    return new SelectedRows(table, composed.build());
  }
}
