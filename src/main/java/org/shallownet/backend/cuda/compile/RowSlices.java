package org.shallownet.backend.cuda.compile;

/**
 * How the sum of a matrix's rows is cut into blocks: by columns into tiles, by rows into slices. A
 * function of the shape alone, so that every device sums in the same order.
 *
 * @param tiles blocks side by side: the grid's x
 * @param slices blocks one after the other: the grid's y, and the rows of the partial sums
 * @param sliceRows rows of a slice; the last one has the rest
 */
public record RowSlices(int tiles, int slices, long sliceRows) {
  private static final int MAX_BLOCKS = 1024;

  /** Rows that a thread adds without a break. */
  private static final int BATCH = 8;

  /** The cut of a matrix of this shape. */
  public static RowSlices of(long rows, int columns) {
    int lanes = lanes(columns);
    int tiles = (columns - 1) / lanes + 1;
    long least = (long) BATCH * (Kernel.THREADS / lanes);
    long slices = Math.max(1, Math.min(MAX_BLOCKS / tiles, (rows - 1) / least + 1));
    long sliceRows = (rows - 1) / slices + 1;
    return new RowSlices(tiles, (int) ((rows - 1) / sliceRows + 1), sliceRows);
  }

  /** How many doubles the partial sums are. */
  public long partials(int columns) {
    return (long) slices * columns;
  }

  /** How many neighbouring threads share a row: as {@code lanes_for} in {@code common.cuh}. */
  private static int lanes(int columns) {
    int lanes = 1;
    while (lanes < columns && lanes < 32) {
      lanes *= 2;
    }
    return lanes;
  }
}
