package org.shallownet.data;

/** Some columns of another table, in an order of their own, codes of words exchanged for others. */
final class SelectedColumns implements FeatureTable {
  private static final int BLOCK_FLOATS = 1 << 14;

  private final FeatureTable table;
  private final int[] places;
  private final float[][] codes;

  /**
   * A view of a table.
   *
   * @param places for each column its place in the table
   * @param codes for each column what stands for each of the table's codes; null to take numbers
   */
  SelectedColumns(FeatureTable table, int[] places, float[][] codes) {
    this.table = table;
    this.places = places.clone();
    this.codes = codes.clone();
  }

  @Override
  public long rows() {
    return table.rows();
  }

  @Override
  public int columns() {
    return places.length;
  }

  @Override
  public void read(long first, int count, float[] destination, int offset) {
    int from = table.columns();
    int most = Math.max(1, Math.min(count, BLOCK_FLOATS / from));
    float[] block = new float[most * from];
    for (int done = 0; done < count; done += most) {
      int rows = Math.min(most, count - done);
      table.read(first + done, rows, block, 0);
      int to = offset + done * places.length;
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < places.length; c++) {
          float value = block[r * from + places[c]];
          float[] exchanged = codes[c];
          destination[to++] =
              exchanged == null || Float.isNaN(value) ? value : exchanged[(int) value];
        }
      }
    }
  }
}
