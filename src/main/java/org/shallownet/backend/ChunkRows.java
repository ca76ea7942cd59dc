package org.shallownet.backend;

import org.shallownet.network.NetworkSpec;

/**
 * How many samples {@link LayeredTrainingEngine} works on at a time.
 *
 * <p>A network's number does not depend on the networks beside it, nor on where the samples are:
 * sums over its chunks have the same bits as if it were alone. Powers of two make the largest chunk
 * a multiple of all others, and let all begin equally aligned.
 */
final class ChunkRows {
  /** For want of memory, chunks are made smaller than a backend prefers down to this. */
  private static final long LEAST = 64;

  /** A chunk's features take at most 1 GiB, which one buffer holds, if LEAST samples do. */
  private static final long MOST_FLOATS = 1L << 28;

  private ChunkRows() {}

  /**
   * A network's number.
   *
   * @param rows how many samples there are
   * @param limit the largest number that memory allows
   */
  static long of(Backend backend, NetworkSpec spec, long rows, long limit) {
    int widest = spec.inputs();
    for (int l = 1; l <= spec.layerCount(); l++) {
      widest = Math.max(widest, spec.units(l));
    }
    long most = Math.max(LEAST, MOST_FLOATS / spec.inputs());
    long preferred = Long.highestOneBit(Math.min(backend.preferredRows(widest), most));
    return Math.min(Math.min(preferred, rows), limit);
  }

  /** The largest of a plan's networks' numbers. */
  static long largest(Backend backend, TrainingPlan plan, long limit) {
    long largest = 0;
    for (ModelPlan model : plan.models()) {
      largest = Math.max(largest, of(backend, model.spec(), plan.samples().rows(), limit));
    }
    return largest;
  }

  /** The limit with which a plan, by the numbers, fits the memory that is free. */
  static long fitting(Backend backend, TrainingPlan plan) {
    boolean streamed = plan.samples() instanceof Samples.Streamed;
    long free = backend.freeBytes();
    long limit = largest(backend, plan, Long.MAX_VALUE);
    while (canBeSmaller(limit)) {
      TrainingMemory memory = TrainingMemory.of(backend, plan, limit);
      if ((streamed ? memory.work() : memory.work() - memory.stream()) <= free) {
        break;
      }
      limit = smaller(limit);
    }
    return limit;
  }

  /** Whether there is a {@link #smaller} limit. */
  static boolean canBeSmaller(long limit) {
    return limit > LEAST;
  }

  /** The next smaller limit, at least half as large. */
  static long smaller(long limit) {
    return Math.max(LEAST, Long.highestOneBit(limit - 1));
  }
}
