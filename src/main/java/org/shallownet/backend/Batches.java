package org.shallownet.backend;

/**
 * The samples of a plan, chunk by chunk: rows of the data in their own order for full batches,
 * gathered in the epoch's order for mini-batches.
 */
final class Batches {
  private final Backend backend;
  private final TrainingPlan plan;
  private final long chunk;
  private final boolean gathered;
  private final Matrix featureBuffer;
  private final Matrix targetBuffer;
  private final long[] indices;
  private BatchOrder order;
  private Matrix features;
  private Matrix targets;
  private long seed;
  private long epoch;
  private long first = -1;
  private long count;

  /**
   * Batches of a plan.
   *
   * @param rows how many samples a chunk has at most
   */
  Batches(Backend backend, Scope scope, TrainingPlan plan, long rows) {
    this.backend = backend;
    this.plan = plan;
    this.chunk = rows;
    this.gathered = !plan.fullBatch();
    this.seed = plan.models().get(0).seed();
    this.order = new BatchOrder(plan.features().rows(), seed);
    long held = gathered ? Math.min(rows, plan.batchRows()) : 0;
    this.indices = new long[Math.toIntExact(held)];
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

  /** Makes positions {@code first … first + count - 1} of an epoch the current chunk. */
  void seek(long seed, long epoch, long first, long count) {
    // Models with the same seed see the same chunk: it is gathered for the first of them only.
    boolean current = first == this.first && count == this.count;
    if (gathered) {
      current = current && seed == this.seed && epoch == this.epoch;
    }
    if (current) {
      return;
    }
    if (gathered) {
      if (seed != this.seed) {
        order = new BatchOrder(plan.features().rows(), seed);
      }
      order.fill(epoch, first, (int) count, indices);
      resize(0, count);
      backend.gatherRows(plan.features(), indices, 0, features);
      backend.gatherRows(plan.targets(), indices, 0, targets);
    } else {
      resize(first, count);
    }
    this.seed = seed;
    this.epoch = epoch;
    this.first = first;
    this.count = count;
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
