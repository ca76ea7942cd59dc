package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.OpenBlas;
import org.shallownet.backend.device.BatchOrder;

/**
 * Some of a table's samples: a stretch of its rows, of some of them, or of an epoch's order of
 * these.
 */
final class TileRows {
  /** Floats of a line of the cache. */
  private static final int LINE = 16;

  private final RowFetch fetch;
  private final long[] indices;
  private BlockedSamples.@Nullable Copies copies;
  private TableView table;
  private @Nullable BatchOrder order;
  private long epoch;
  private long batchStart;
  private long first;
  private int count;

  /** Whether the samples' rows are those that {@link #indices} says. */
  private boolean listed;

  /** Written only, which keeps the compiler from leaving out what is read for it. */
  @SuppressWarnings("UnusedVariable")
  private float read;

  /** Room for so many samples of a table. */
  TileRows(int capacity, TableView table, RowFetch fetch) {
    this.fetch = fetch;
    this.indices = new long[capacity];
    this.table = table;
  }

  /**
   * Chooses a table.
   *
   * @param newCopies of what is seen of it, in the order of its rows; null if there are none
   */
  void of(TableView newTable, BlockedSamples.@Nullable Copies newCopies) {
    table = newTable;
    copies = newCopies;
  }

  /** The table's copies to read the samples from; null if there are none. */
  BlockedSamples.@Nullable Copies copies() {
    return copies;
  }

  /** Chooses an order; null for that of the rows. */
  void in(@Nullable BatchOrder newOrder, long newEpoch) {
    order = newOrder;
    epoch = newEpoch;
  }

  /** Says at which position the batch begins. */
  void batchFrom(long position) {
    batchStart = position;
  }

  /** The first sample's place in the batch. */
  long place() {
    return first - batchStart;
  }

  /** Moves to the samples at positions {@code first … first + count - 1}. */
  void seek(long newFirst, int newCount) {
    first = newFirst;
    count = newCount;
    listed = order != null || (copies == null && !table.chosen().isAll());
    if (!listed) {
      return;
    }
    if (order == null) {
      for (int i = 0; i < count; i++) {
        indices[i] = first + i;
      }
    } else {
      fetch.order(order, epoch, first, count, indices);
    }
    table.chosen().toRows(indices, count);
  }

  /**
   * Reads a float of every line of the rows, should these be far apart: so little work each that
   * the processor waits for many of them at once.
   */
  private void readAhead(CpuMatrix from, int firstColumn, int columns) {
    if (order == null) {
      return;
    }
    float sum = 0;
    int last = columns - 1;
    for (int i = 0; i < count; i++) {
      float[] array = from.array(indices[i]);
      int at = from.position(indices[i]) + firstColumn;
      for (int column = 0; column < last; column += LINE) {
        sum += array[at + column];
      }
      sum += array[at + last];
    }
    read = sum;
  }

  private long row(int i) {
    return listed ? indices[i] : first + i;
  }

  /** The position of the first sample. */
  long first() {
    return first;
  }

  /** How many samples there are. */
  int count() {
    return count;
  }

  /**
   * Writes the inputs to blocks of so many samples, {@code inputs} rows and padding each.
   *
   * @param strideRows rows of a block
   */
  void featureBlocks(int block, int strideRows, float[] to, int at) {
    blocks(table.features(), table.firstInput(), table.inputs(), block, strideRows, to, at);
  }

  /** The same with the targets. */
  void targetBlocks(int block, float[] to, int at) {
    int columns = table.targetColumns();
    blocks(table.targets(), 0, columns, block, columns, to, at);
  }

  private void blocks(
      CpuMatrix from, int firstColumn, int columns, int block, int strideRows, float[] to, int at) {
    readAhead(from, firstColumn, columns);
    for (int i = 0; i < count; i++) {
      long row = row(i);
      int sample = at + i / block * (strideRows * block) + i % block;
      scatter(from.array(row), from.position(row) + firstColumn, columns, to, sample, block);
    }
    int rest = count % block;
    if (rest > 0) {
      int last = at + count / block * (strideRows * block);
      for (int column = 0; column < columns; column++) {
        Arrays.fill(to, last + column * block + rest, last + (column + 1) * block, 0);
      }
    }
  }

  private static void scatter(float[] row, int from, int columns, float[] to, int at, int step) {
    for (int column = 0, i = at; column < columns; column++, i += step) {
      to[i] = row[from + column];
    }
  }

  /** Writes inputs and targets to another table's first rows. */
  void copyTo(TableView copy) {
    featureRows(copy.features().array(0), copy.inputs());
    CpuMatrix targets = table.targets();
    float[] to = copy.targets().array(0);
    int columns = targets.columns();
    if (listed) {
      fetch.copy(targets, indices, count, 0, columns, to, columns);
      return;
    }
    for (int i = 0; i < count; i++) {
      long row = row(i);
      System.arraycopy(targets.array(row), targets.position(row), to, i * columns, columns);
    }
  }

  /**
   * Writes the inputs row by row.
   *
   * @param stride floats from one row to the next
   */
  void featureRows(float[] to, int stride) {
    CpuMatrix features = table.features();
    int inputs = table.inputs();
    if (listed) {
      fetch.copy(features, indices, count, table.firstInput(), inputs, to, stride);
      return;
    }
    for (int i = 0; i < count; i++) {
      long row = row(i);
      int from = features.position(row) + table.firstInput();
      System.arraycopy(features.array(row), from, to, i * stride, inputs);
    }
  }

  /** Writes the inputs row by row. */
  void featureRows(OpenBlas.Buffer to) {
    CpuMatrix features = table.features();
    int inputs = table.inputs();
    readAhead(features, table.firstInput(), inputs);
    for (int i = 0; i < count; i++) {
      long row = row(i);
      int from = features.position(row) + table.firstInput();
      to.put(i * inputs, features.array(row), from, inputs);
    }
  }
}
