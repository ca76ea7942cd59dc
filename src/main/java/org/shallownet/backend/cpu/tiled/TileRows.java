package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.OpenBlas;
import org.shallownet.backend.device.BatchOrder;

/** Some of a table's samples: a stretch of its rows, or of an epoch's order of them. */
final class TileRows {
  /** Floats of a line of the cache. */
  private static final int LINE = 16;

  private final long[] indices;
  private BlockedSamples.@Nullable Copies copies;
  private CpuMatrix features;
  private CpuMatrix targets;
  private @Nullable BatchOrder order;
  private long epoch;
  private long first;
  private int count;

  /** Written only, which keeps the compiler from leaving out what is read for it. */
  @SuppressWarnings("UnusedVariable")
  private float fetched;

  /** Room for so many samples, which are not copied. */
  TileRows(int capacity, CpuMatrix features, CpuMatrix targets) {
    this.indices = new long[capacity];
    this.features = features;
    this.targets = targets;
  }

  /**
   * Chooses a table.
   *
   * @param newCopies of the table, in the order of the rows; null if there are none
   */
  void of(CpuMatrix newFeatures, CpuMatrix newTargets, BlockedSamples.@Nullable Copies newCopies) {
    features = newFeatures;
    targets = newTargets;
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

  /** Moves to the samples at positions {@code first … first + count - 1}. */
  void seek(long newFirst, int newCount) {
    first = newFirst;
    count = newCount;
    if (order != null) {
      order.fill(epoch, first, count, indices);
      fetched = fetch(features) + fetch(targets);
    }
  }

  /**
   * Reads a float of every line of the rows, which are far apart: so little work each that the
   * processor waits for many of them at once.
   */
  private float fetch(CpuMatrix from) {
    float sum = 0;
    int last = from.columns() - 1;
    for (int i = 0; i < count; i++) {
      float[] array = from.array(indices[i]);
      int at = from.position(indices[i]);
      for (int column = 0; column < last; column += LINE) {
        sum += array[at + column];
      }
      sum += array[at + last];
    }
    return sum;
  }

  private long row(int i) {
    return order == null ? first + i : indices[i];
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
   * Writes the features to blocks of so many samples, {@code columns} rows and padding each.
   *
   * @param strideRows rows of a block
   */
  void featureBlocks(int block, int strideRows, float[] to, int at) {
    blocks(features, block, strideRows, to, at);
  }

  /** The same with the targets. */
  void targetBlocks(int block, float[] to, int at) {
    blocks(targets, block, targets.columns(), to, at);
  }

  private void blocks(CpuMatrix from, int block, int strideRows, float[] to, int at) {
    int columns = from.columns();
    for (int i = 0; i < count; i++) {
      long row = row(i);
      int sample = at + i / block * (strideRows * block) + i % block;
      scatter(from.array(row), from.position(row), columns, to, sample, block);
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

  /** Writes the features row by row. */
  void featureRows(OpenBlas.Buffer to) {
    int columns = features.columns();
    for (int i = 0; i < count; i++) {
      long row = row(i);
      to.put(i * columns, features.array(row), features.position(row), columns);
    }
  }
}
