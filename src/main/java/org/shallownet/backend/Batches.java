package org.shallownet.backend;

import java.util.HashMap;
import java.util.Map;

/**
 * The samples of a plan, chunk by chunk: rows of the data in their own order for full batches,
 * gathered in the epoch's order for mini-batches.
 */
final class Batches {
  private final Backend backend;
  private final TrainingPlan plan;
  private final Counter steps;
  private final long chunk;
  private final boolean gathered;
  private final Matrix featureBuffer;
  private final Matrix targetBuffer;
  private final Map<Long, BatchOrder> orders = new HashMap<>();
  private Matrix features;
  private Matrix targets;
  private long seed;
  private long first;
  private long count;

  /**
   * Batches of a plan.
   *
   * @param steps how many steps were taken: which batch it is
   * @param rows how many samples a chunk has at most
   */
  Batches(Backend backend, Scope scope, TrainingPlan plan, Counter steps, long rows) {
    this.backend = backend;
    this.plan = plan;
    this.steps = steps;
    this.chunk = rows;
    this.gathered = !plan.fullBatch();
    long held = Math.min(rows, plan.batchRows());
    this.featureBuffer =
        gathered ? backend.allocate(scope, held, plan.features().columns()) : plan.features();
    this.targetBuffer =
        gathered ? backend.allocate(scope, held, plan.targets().columns()) : plan.targets();
    this.features = featureBuffer;
    this.targets = targetBuffer;
  }

  /** How many samples a chunk has at most. */
  long chunk() {
    return chunk;
  }

  /** A new step begins: no chunk is the current one. */
  void begin() {
    count = 0;
  }

  /** Makes positions {@code first … first + count - 1} of the step's epoch the current chunk. */
  void seek(long seed, long first, long count) {
    // Models with the same seed see the same chunk: it is gathered for the first of them only.
    if (first == this.first && count == this.count && (seed == this.seed || !gathered)) {
      return;
    }
    this.seed = seed;
    this.first = first;
    this.count = count;
    if (!gathered) {
      resize(first, count);
      return;
    }
    resize(0, count);
    BatchOrder order =
        orders.computeIfAbsent(seed, key -> new BatchOrder(plan.features().rows(), key));
    // Which batch it is, is read from the counter: so that the same calls serve all batches.
    long offset = first % plan.batchRows();
    backend.gatherBatch(plan.features(), order, steps, plan.batchRows(), offset, features);
    backend.gatherBatch(plan.targets(), order, steps, plan.batchRows(), offset, targets);
  }

  private void resize(long from, long rows) {
    features = rows == featureBuffer.rows() ? featureBuffer : featureBuffer.rows(from, rows);
    targets = rows == targetBuffer.rows() ? targetBuffer : targetBuffer.rows(from, rows);
  }

  /** The current chunk's features. */
  Matrix features() {
    return features;
  }

  /** The current chunk's targets. */
  Matrix targets() {
    return targets;
  }
}
