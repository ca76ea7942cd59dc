package org.shallownet.backend.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.BatchOrder;

/** Some of a table's samples: a stretch of its rows, or of an epoch's order of them. */
final class TileRows {
  private final long[] indices;
  private float[] near = {};
  private CpuMatrix features;
  private CpuMatrix targets;
  private @Nullable BatchOrder order;
  private long epoch;
  private long first;
  private int count;

  /** Room for so many samples. */
  TileRows(int capacity, CpuMatrix features, CpuMatrix targets) {
    this.indices = new long[capacity];
    this.features = features;
    this.targets = targets;
  }

  /** Chooses a table. */
  void of(CpuMatrix newFeatures, CpuMatrix newTargets) {
    features = newFeatures;
    targets = newTargets;
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
    }
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
    if (near.length < count * columns) {
      near = new float[count * columns];
    }
    // Rows far apart are fetched first, many at a time, and spread afterwards.
    for (int i = 0; i < count; i++) {
      long row = row(i);
      System.arraycopy(from.array(row), from.position(row), near, i * columns, columns);
    }
    for (int i = 0; i < count; i++) {
      int sample = at + i / block * (strideRows * block) + i % block;
      scatter(near, i * columns, columns, to, sample, block);
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
  void featureRows(OpenBlas.Tile to) {
    int columns = features.columns();
    for (int i = 0; i < count; i++) {
      long row = row(i);
      to.put(i * columns, features.array(row), features.position(row), columns);
    }
  }
}
