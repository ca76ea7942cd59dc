package org.shallownet.data.npy;

import org.shallownet.data.columns.MissingCells;
import org.shallownet.data.features.FeatureTable;

/** A table some of whose numbers stand for a missing cell, and are read as not-a-number. */
record MarkedTable(FeatureTable table, MissingCells missing) implements FeatureTable {
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
    int end = offset + count * columns();
    for (int i = offset; i < end; i++) {
      if (missing.has(destination[i])) {
        destination[i] = Float.NaN;
      }
    }
  }
}
