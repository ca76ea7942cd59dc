package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.WorkerTeam;
import org.shallownet.backend.device.BatchOrder;

/**
 * Takes a model's steps over mini-batches with one thread, while another copies the samples of the
 * next ones: those lie all over memory, and waiting for them would take longer than the steps.
 *
 * <p>Samples are copied in groups, some batches of an epoch that follow each other. There is room
 * for two: the group that is trained on and the next.
 */
final class BatchesAhead {
  /** Floats of a group, which stays in the second cache beside the tile. */
  private static final int GROUP_FLOATS = 1 << 15;

  private static final int MOST_BATCHES = 64;

  private final TiledModel model;
  private final WorkerTeam team;
  private final TileWorker[] workers;
  private final long samples;
  private final long batchRows;
  private final long groupRows;
  private final BatchOrder order;
  private final TileRows source;
  private final BatchGroup[] groups;
  private final WorkerTeam.Work stepsOrCopy = this::runStepsOrCopy;

  // What the team is at work on.
  private BatchGroup current;
  private long steps;

  /**
   * Allocates what the model's steps need, the workers' part included.
   *
   * @param samples that an epoch visits
   * @param batchRows samples of a batch
   * @param kernels what copies samples
   */
  BatchesAhead(
      TiledModel model,
      long samples,
      long batchRows,
      WorkerTeam team,
      TileWorker[] workers,
      KernelChoice kernels) {
    this.model = model;
    this.samples = samples;
    this.batchRows = batchRows;
    this.team = team;
    this.workers = workers;
    order = model.order();
    TableView table = model.table();
    groupRows = groupRows(samples, batchRows, table.inputs() + table.targetColumns());
    source = new TileRows((int) groupRows, table, kernels.kernels(TileDesign.VECTOR_BLOCK));
    int rows = (int) groupRows;
    groups = new BatchGroup[] {new BatchGroup(rows, table), new BatchGroup(rows, table)};
    current = groups[0];
    for (TileWorker worker : workers) {
      worker.prepare(model, true);
    }
  }

  /** Samples of a group: whole batches, or all. */
  private static long groupRows(long samples, long batchRows, int columns) {
    long fit = GROUP_FLOATS / (batchRows * columns);
    return Math.min(samples, batchRows * Math.max(1, Math.min(MOST_BATCHES, fit)));
  }

  /**
   * Floats of what is copied ahead.
   *
   * @param columns of inputs and targets together
   */
  static long floats(long samples, long batchRows, int columns) {
    return 2L * columns * groupRows(samples, batchRows, columns);
  }

  /** Takes so many of the model's steps. */
  void advance(long count) {
    long left = count;
    while (left > 0) {
      current = currentGroup();
      long rows = current.start() + current.count() - model.batchStart();
      steps = Math.min(left, (rows + batchRows - 1) / batchRows);
      team.run(2, stepsOrCopy);
      left -= steps;
    }
  }

  private void runStepsOrCopy(int piece, int member) {
    if (piece > 0) {
      copyAfter(current);
      return;
    }
    for (long step = 0; step < steps; step++) {
      workers[member].takeStep(model, current);
    }
  }

  /** The group that the model's next step is in; copied here and now unless that was done. */
  private BatchGroup currentGroup() {
    long epoch = model.epoch();
    long start = model.batchStart() / groupRows * groupRows;
    for (BatchGroup group : groups) {
      if (group.holds(epoch, start)) {
        return group;
      }
    }
    copy(epoch, start, groups[0]);
    return groups[0];
  }

  /** Copies the group after this one to the other's place. */
  private void copyAfter(BatchGroup group) {
    BatchGroup next = group == groups[0] ? groups[1] : groups[0];
    long start = group.start() + groupRows;
    boolean over = start >= samples;
    long nextEpoch = over ? group.epoch() + 1 : group.epoch();
    long nextStart = over ? 0 : start;
    if (!next.holds(nextEpoch, nextStart)) {
      copy(nextEpoch, nextStart, next);
    }
  }

  private void copy(long epoch, long start, BatchGroup to) {
    source.in(order, epoch);
    source.seek(start, (int) Math.min(groupRows, samples - start));
    to.copy(epoch, source);
  }
}
