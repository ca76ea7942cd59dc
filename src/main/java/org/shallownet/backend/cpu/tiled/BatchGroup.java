package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.CpuMatrix;

/** Copies of the samples of some batches that follow each other in an epoch. */
final class BatchGroup {
  private final TableView table;
  private long epoch = -1;
  private long start = -1;
  private int count;

  /**
   * Room for so many samples.
   *
   * @param whole the table that they come from
   */
  BatchGroup(int rows, TableView whole) {
    CpuMatrix features = matrix(rows, whole.inputs());
    CpuMatrix targets = matrix(rows, whole.targetColumns());
    table = TableView.whole(features, targets);
  }

  private static CpuMatrix matrix(int rows, int columns) {
    return CpuMatrix.of(new float[rows * columns], rows, columns);
  }

  /** Its samples, in the order of the epoch. */
  TableView table() {
    return table;
  }

  /** Of which epoch it is; -1 if it holds nothing. */
  long epoch() {
    return epoch;
  }

  /** Where in the epoch it begins. */
  long start() {
    return start;
  }

  /** How many samples it holds. */
  int count() {
    return count;
  }

  /** Whether it holds the samples of an epoch from this place on. */
  boolean holds(long wantedEpoch, long wantedStart) {
    return epoch == wantedEpoch && start == wantedStart;
  }

  /** Takes up the samples that are sought in an epoch's order. */
  void copy(long newEpoch, TileRows source) {
    // Should this fail, it holds nothing.
    epoch = -1;
    source.copyTo(table);
    count = source.count();
    start = source.first();
    epoch = newEpoch;
  }
}
