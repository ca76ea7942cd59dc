package org.shallownet.backend.layered;

import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingPlan;
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

  /** The parameters of networks that go together are one group, which has to fit an array. */
  private static final int MOST_PARAMETERS = 1 << 28;

  private ChunkRows() {}

  /**
   * A network's number.
   *
   * @param rows how many samples there are
   * @param limit the largest number that memory allows
   */
  static long of(Backend backend, NetworkSpec spec, long rows, long limit) {
    long most = Math.max(LEAST, MOST_FLOATS / spec.inputs());
    long preferred = Long.highestOneBit(Math.min(preferred(backend, spec), most));
    return Math.min(Math.min(preferred, rows), limit);
  }

  private static long preferred(Backend backend, NetworkSpec spec) {
    int widest = spec.inputs();
    for (int l = 1; l <= spec.layerCount(); l++) {
      widest = Math.max(widest, spec.units(l));
    }
    return backend.preferredRows(widest);
  }

  /**
   * How many of a plan's networks with the same layer sizes go through a chunk together: as many as
   * make up the rows that suit the device. Where a batch has so many, each goes by itself.
   *
   * @param sizes one of the networks
   * @param networks how many there are
   */
  static int networks(
      Backend backend, TrainingPlan plan, NetworkSpec sizes, int networks, long limit) {
    boolean limited = limit < of(backend, sizes, plan.samples().rows(), Long.MAX_VALUE);
    long rows = limited ? limit : preferred(backend, sizes);
    long byRows = rows / StackBuffer.apart(together(backend, plan, sizes, limit));
    long most = Math.min(byRows, MOST_PARAMETERS / sizes.parameterCount());
    return (int) Math.max(1, Math.min(most, networks));
  }

  /** How many rows of activations they need, also one by one in chunks of all samples. */
  static long room(
      Backend backend, TrainingPlan plan, NetworkSpec sizes, int networks, long limit) {
    int stack = networks(backend, plan, sizes, networks, limit);
    return Math.max(
        of(backend, sizes, plan.samples().rows(), limit),
        StackBuffer.room(stack, together(backend, plan, sizes, limit)));
  }

  private static long together(Backend backend, TrainingPlan plan, NetworkSpec sizes, long limit) {
    return Math.min(of(backend, sizes, plan.samples().rows(), limit), plan.batchRows());
  }

  /**
   * How many samples a model's gradients are taken from in one pass; 0 if that goes layer by layer.
   */
  static long pass(Backend backend, TrainingPlan plan, ModelPlan model, long limit) {
    return Math.min(Math.min(backend.passRows(plan, model), plan.samples().rows()), limit);
  }

  /** The largest of a plan's networks' numbers. */
  static long largest(Backend backend, TrainingPlan plan, long limit) {
    long largest = 0;
    for (ModelPlan model : plan.models()) {
      long layered = of(backend, model.spec(), plan.samples().rows(), limit);
      largest = Math.max(largest, Math.max(layered, pass(backend, plan, model, limit)));
    }
    return largest;
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
