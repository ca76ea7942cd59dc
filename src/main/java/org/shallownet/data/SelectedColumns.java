package org.shallownet.data;

import java.util.List;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.text.Numeric;

/** Some columns of another table, in an order of their own, codes of words exchanged for others. */
final class SelectedColumns implements FeatureTable {
  private static final int BLOCK_FLOATS = 1 << 14;

  private final FeatureTable table;
  private final int[] places;
  private final float[][] codes;
  private final List<Column> columns;

  /**
   * A view of a table.
   *
   * @param places for each column its place in the table
   * @param codes for each column what stands for each of the table's codes; null to take numbers
   * @param columns what the columns are
   */
  SelectedColumns(FeatureTable table, int[] places, float[][] codes, List<Column> columns) {
    this.table = table;
    this.places = places.clone();
    this.codes = codes.clone();
    this.columns = columns;
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
          destination[to++] = codes[c] == null || Float.isNaN(value) ? value : exchanged(value, c);
        }
      }
    }
  }

  /** What stands for a code, or for a number where there should be truth values. */
  private float exchanged(float value, int column) {
    float[] known = codes[column];
    int code = (int) value;
    if (code != value || code < 0 || code >= known.length) {
      throw new DataException(
          "the feature "
              + Numeric.quote(columns.get(column).name())
              + " holds the number "
              + value
              + ", but the model learned truth values; write 0 and 1, or false and true");
    }
    return known[code];
  }
}
