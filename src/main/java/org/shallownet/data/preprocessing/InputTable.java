package org.shallownet.data.preprocessing;

import org.shallownet.data.features.FeatureTable;

/** A table's rows as a network's inputs. */
final class InputTable implements FeatureTable {
  private static final int BLOCK_FLOATS = 1 << 14;

  private final FeatureTable table;
  private final Preprocessing preprocessing;
  private final int inputs;

  InputTable(FeatureTable table, Preprocessing preprocessing) {
    this.table = table;
    this.preprocessing = preprocessing;
    this.inputs = preprocessing.inputs();
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int columns() {
    return inputs;
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    int columns = table.columns();
    int most = Math.max(1, Math.min(count, BLOCK_FLOATS / columns));
    float[] block = new float[most * columns];
    for (int done = 0; done < count; done += most) {
      int rows = Math.min(most, count - done);
      table.read(first + done, rows, block, 0);
      preprocessing.apply(block, rows, destination, offset + done * inputs);
    }
  }
}
