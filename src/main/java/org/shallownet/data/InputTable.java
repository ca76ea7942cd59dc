package org.shallownet.data;

/** A table's rows as a network's inputs. */
final class InputTable implements FeatureTable {
  private static final int PIECE_FLOATS = 1 << 14;

  private final FeatureTable table;
  private final Preprocessing preprocessing;
  private final int inputs;

  InputTable(FeatureTable table, Preprocessing preprocessing) {
    this.table = table;
    this.preprocessing = preprocessing;
    this.inputs = preprocessing.schema().inputs();
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
    int most = Math.max(1, Math.min(count, PIECE_FLOATS / columns));
    float[] piece = new float[most * columns];
    for (int done = 0; done < count; done += most) {
      int rows = Math.min(most, count - done);
      table.read(first + done, rows, piece, 0);
      preprocessing.apply(piece, rows, destination, offset + done * inputs);
    }
  }
}
