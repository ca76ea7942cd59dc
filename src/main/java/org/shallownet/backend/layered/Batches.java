package org.shallownet.backend.layered;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Scope;

/**
 * The samples of a plan, chunk by chunk: in their own order for full batches, in the epoch's order
 * for mini-batches.
 *
 * <p>The samples of a mini-batch lie in the same buffer wherever they are from, and chunks of a
 * full batch begin equally aligned: no bit of what is computed from them depends on that.
 */
abstract class Batches {
  private final long chunk;
  private final Samples.@Nullable Resident buffer;
  private Samples.@Nullable Resident current;
  private long seed;
  private long epoch;
  private long first;
  private List<Long> seeds;

  /**
   * Batches of a plan.
   *
   * @param chunk how many samples a chunk has at most
   */
  Batches(Backend backend, Scope scope, TrainingPlan plan, long chunk) {
    this.chunk = chunk;
    this.seeds = plan.models().stream().map(ModelPlan::seed).distinct().toList();
    if (plan.fullBatch()) {
      buffer = null;
    } else {
      long rows = Math.min(chunk, plan.batchRows());
      buffer =
          new Samples.Resident(
              backend.allocate(scope, rows, plan.samples().featureColumns()),
              backend.allocate(scope, rows, plan.samples().targetColumns()),
              plan.samples().weighted());
    }
  }

  /** How many samples a chunk has at most. */
  final long chunk() {
    return chunk;
  }

  /**
   * The seeds whose orders are asked for in each chunk, in this order. What is asked for is served
   * even if it was not foreseen, only later.
   */
  final void foresee(List<Long> next) {
    seeds = List.copyOf(next);
  }

  final List<Long> seeds() {
    return seeds;
  }

  /**
   * The samples at positions {@code first … first + count - 1} of an epoch, in memory that the next
   * call may use anew.
   */
  final Samples.Resident get(long wantedSeed, long wantedEpoch, long from, long count) {
    if (buffer == null) {
      return range(from, count);
    }
    // Models with the same seed see the same chunk: it is gathered for the first of them only.
    Samples.Resident known = current;
    if (known != null
        && wantedSeed == seed
        && wantedEpoch == epoch
        && from == first
        && count == known.rows()) {
      return known;
    }
    current = null;
    Samples.Resident gathered = rows(buffer, 0, count);
    gather(wantedSeed, wantedEpoch, from, gathered);
    seed = wantedSeed;
    epoch = wantedEpoch;
    first = from;
    current = gathered;
    return gathered;
  }

  /** Samples {@code from … from + count - 1}. */
  abstract Samples.Resident range(long from, long count);

  /** Fills {@code out} with the samples from position {@code from} of an epoch on. */
  abstract void gather(long wantedSeed, long wantedEpoch, long from, Samples.Resident out);

  static Samples.Resident rows(Samples.Resident samples, long from, long count) {
    return new Samples.Resident(
        samples.features().rows(from, count),
        samples.targets().rows(from, count),
        samples.weighted());
  }
}
