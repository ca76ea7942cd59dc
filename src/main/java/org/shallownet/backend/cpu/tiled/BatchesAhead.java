package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.SampleRows;
import org.shallownet.backend.cpu.primitives.CpuMatrix;
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
  private final Group[] groups;
  private final WorkerTeam.Work stepsOrCopy = this::runStepsOrCopy;

  // What the team is at work on.
  private Group current;
  private long steps;

  /**
   * Allocates what the model's steps need, the workers' part included.
   *
   * @param samples that an epoch visits
   * @param batchRows samples of a batch
   */
  BatchesAhead(
      TiledModel model, long samples, long batchRows, WorkerTeam team, TileWorker[] workers) {
    this.model = model;
    this.samples = samples;
    this.batchRows = batchRows;
    this.team = team;
    this.workers = workers;
    order = model.order();
    TableView table = model.table();
    groupRows = groupRows(samples, batchRows, table.inputs() + table.targets().columns());
    source = new TileRows((int) groupRows, table);
    groups = new Group[] {new Group(table), new Group(table)};
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
      steps = Math.min(left, current.stepsLeft());
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
  private Group currentGroup() {
    long epoch = model.epoch();
    long start = model.batchStart() / groupRows * groupRows;
    for (Group group : groups) {
      if (group.holds(epoch, start)) {
        return group;
      }
    }
    groups[0].copy(epoch, start);
    return groups[0];
  }

  /** Copies the group after this one to the other's place. */
  private void copyAfter(Group group) {
    Group next = group == groups[0] ? groups[1] : groups[0];
    long start = group.start + groupRows;
    boolean over = start >= samples;
    long nextEpoch = over ? group.epoch + 1 : group.epoch;
    long nextStart = over ? 0 : start;
    if (!next.holds(nextEpoch, nextStart)) {
      next.copy(nextEpoch, nextStart);
    }
  }

  /** Some batches of an epoch. */
  final class Group {
    private final TableView table;
    private long epoch = -1;
    private long start = -1;
    private int count;

    private Group(TableView whole) {
      int rows = (int) groupRows;
      table =
          new TableView(
              matrix(rows, whole.inputs()),
              matrix(rows, whole.targets().columns()),
              SampleRows.ALL,
              0,
              whole.inputs());
    }

    private static CpuMatrix matrix(int rows, int columns) {
      return CpuMatrix.of(new float[rows * columns], rows, columns);
    }

    /** Its samples, in the order of the epoch. */
    TableView table() {
      return table;
    }

    /** Where in the epoch it begins. */
    long start() {
      return start;
    }

    private boolean holds(long wantedEpoch, long wantedStart) {
      return epoch == wantedEpoch && start == wantedStart;
    }

    /** How many steps it holds from the model's next one on. */
    private long stepsLeft() {
      long left = start + count - model.batchStart();
      return (left + batchRows - 1) / batchRows;
    }

    private void copy(long newEpoch, long newStart) {
      // Should this fail, it holds nothing.
      epoch = -1;
      count = (int) Math.min(groupRows, samples - newStart);
      source.in(order, newEpoch);
      source.seek(newStart, count);
      source.copyTo(table);
      epoch = newEpoch;
      start = newStart;
    }
  }
}
