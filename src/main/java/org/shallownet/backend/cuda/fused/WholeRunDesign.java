package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;

/**
 * How {@code whole_run.cu} trains networks of one shape: a pure function of the shape and of how
 * many samples there are, not of the card.
 *
 * @param network what is trained
 * @param lanes lanes of a warp that share a sample, a power of 2
 * @param depth samples that they work on in a row, a power of 2
 * @param warps of a block
 * @param slots sums of warps that shared memory holds at once
 * @param steps what steps are beyond plain ones
 * @param shuffled whether batches are in a random order
 * @param resident whether shared memory holds all samples
 * @param sharedBytes dynamic shared memory of a training block
 */
record WholeRunDesign(
    FusedDesign network,
    int lanes,
    int depth,
    int warps,
    int slots,
    StepKind steps,
    boolean shuffled,
    boolean resident,
    int sharedBytes) {
  /**
   * What steps are beyond plain gradient descent, momentum or Adam.
   *
   * @param front whether a factor is learned for each input
   * @param refined whether gradients are clipped, or L1, a rate that changes or Nesterov's momentum
   *     has a say
   */
  record StepKind(boolean front, boolean refined) {
    /** What a model asks for. */
    static StepKind of(ModelPlan model) {
      Refinements refinements = model.refinements();
      boolean refined =
          refinements.changesRate()
              || refinements.clipNorm() > 0
              || refinements.l1() > 0
              || model.optimizer() instanceof Optimizer.Nesterov;
      return new StepKind(model.hasFrontScale(), refined);
    }
  }

  /** Threads of a warp. */
  private static final int WARP = 32;

  private static final int MOST_WARPS = 8;
  private static final int MOST_DEPTH = 8;

  /** Hidden units of a lane, unless its weights are few. */
  private static final int UNITS = 4;

  private static final int FEW_NUMBERS = 90;

  /** Instructions for the random word of a unit. */
  private static final int RANDOM_WORDS = 90;

  /**
   * A thread has 255 registers. Up to this {@linkplain #numbers measure} nothing was spilled from
   * them for a number of shapes at the bound, compiled for 7.5 to 12.0.
   */
  private static final int MOST_NUMBERS = 179;

  private static final int MOST_OUTPUTS = 16;

  /** What a block may have without asking, less what the kernels have of a fixed size. */
  private static final int MOST_SHARED = (48 << 10) - 512;

  /** Kernels count samples in 32 bits. */
  private static final long MOST_SAMPLES = 1L << 30;

  /** The design for a model of the plan; nothing if it is too deep, too wide or streamed. */
  static Optional<WholeRunDesign> of(ModelPlan model, TrainingPlan plan) {
    Samples samples = plan.samples();
    return samples instanceof Samples.Resident
        ? of(model, samples.weighted(), plan.rows(model), plan.batchRows(model))
        : Optional.empty();
  }

  /** The design for a model on so many samples; nothing if it is too deep or too wide. */
  static Optional<WholeRunDesign> of(ModelPlan model, boolean weighted, long samples, long batch) {
    NetworkSpec spec = model.spec();
    if (spec.hidden().size() > 1
        || samples > MOST_SAMPLES
        || spec.outputs() > MOST_OUTPUTS
        || (long) spec.inputs() + spec.units(1) > MOST_SHARED) {
      return Optional.empty();
    }
    FusedDesign network =
        FusedDesign.of(spec, weighted, model.refinements().loss(), model.refinements().dropout());
    StepKind steps = StepKind.of(model);
    int lanes = lanes(network);
    if (lanes == 0) {
      return Optional.empty();
    }
    int depth = depth(lanes);
    long tiles = (batch + tile(lanes, depth) - 1) / tile(lanes, depth);
    int warps = (int) Math.min(MOST_WARPS, powerFrom(tiles));
    for (int slots = warps; slots >= 1; slots /= 2) {
      WholeRunDesign design =
          new WholeRunDesign(network, lanes, depth, warps, slots, steps, batch < samples, false, 0);
      Optional<WholeRunDesign> fitting = design.withMemory(samples);
      if (fitting.isPresent()) {
        return fitting;
      }
    }
    return Optional.empty();
  }

  /** The fewest with which a lane's units and their weights are few enough; 0 if there are none. */
  private static int lanes(FusedDesign network) {
    for (int lanes = 1; lanes <= WARP; lanes *= 2) {
      long numbers = numbers(network, lanes);
      boolean few = numbers <= FEW_NUMBERS || units(network, lanes) <= UNITS;
      if (numbers <= MOST_NUMBERS && (few || network.hidden() == 0)) {
        return lanes;
      }
      if (network.hidden() == 0) {
        break;
      }
    }
    return 0;
  }

  private static int depth(int lanes) {
    return Math.min(lanes, MOST_DEPTH);
  }

  private static long powerFrom(long number) {
    return number <= 1 ? 1 : Long.highestOneBit(number - 1) << 1;
  }

  private static int tile(int lanes, int depth) {
    return WARP / lanes * depth;
  }

  /**
   * What a thread keeps in registers: weights and their sums, outputs of units, logits, and its
   * part of the next tile with where that comes from; and features of a row, which the compiler
   * likes to read ahead.
   */
  private static long numbers(FusedDesign network, int lanes) {
    int units = units(network, lanes);
    int depth = depth(lanes);
    long fetched = ((long) tile(lanes, depth) * network.inputs() + WARP - 1) / WARP;
    long ahead = network.hidden() == 0 ? 3L * network.inputs() : network.inputs() / 2;
    return 2 * own(network, units)
        + (long) depth * units
        + 4L * network.outputs()
        + 3 * fetched
        + ahead
        + network.moreNumbers(depth);
  }

  private static int units(FusedDesign network, int lanes) {
    return network.hidden() == 0 ? network.outputs() : (network.hidden() + lanes - 1) / lanes;
  }

  /** The kernel's kOwn. */
  private static long own(FusedDesign network, int units) {
    long outputs = network.hidden() == 0 ? 0 : network.outputs();
    return units * (network.inputs() + 1L + outputs) + outputs + (network.weighted() ? 1 : 0);
  }

  /** The same with its shared memory, all samples in it if they fit; nothing if it is too much. */
  private Optional<WholeRunDesign> withMemory(long samples) {
    long sums = network.parameters() + (network.weighted() ? 1L : 0);
    long fixed = ((2L + slots) * sums + network.parameters() + 3) / 4 * 4;
    long tile = (long) tile() * pitch();
    long streaming = Float.BYTES * (fixed + warps * tile);
    long padded = (samples + tile() - 1) / tile() * tile();
    long all = Float.BYTES * (fixed + padded * (pitch() + network.targetColumns()));
    if (!shuffled && all <= MOST_SHARED) {
      return Optional.of(with(true, (int) all));
    }
    return streaming <= MOST_SHARED ? Optional.of(with(false, (int) streaming)) : Optional.empty();
  }

  private WholeRunDesign with(boolean inShared, int bytes) {
    return new WholeRunDesign(
        network, lanes, depth, warps, slots, steps, shuffled, inShared, bytes);
  }

  /** What the kernel is compiled for: the same whatever memory the samples take. */
  WholeRunDesign kernel() {
    return with(resident, 0);
  }

  /** Samples of a tile. */
  int tile() {
    return tile(lanes, depth);
  }

  /** Floats from one row of a tile to the next: an odd number of fours. */
  private int pitch() {
    int fours = (network.inputs() + 3) / 4;
    return 4 * (fours % 2 == 1 ? fours : fours + 1);
  }

  /** Threads of a block. */
  int threads() {
    return WARP * warps;
  }

  /** What the kernel keeps of a model for its front scale, kFront there; 0 without one. */
  int frontNumbers() {
    if (!steps.front()) {
      return 0;
    }
    int units = network.hidden() == 0 ? network.outputs() : network.hidden();
    return (units + 3) * network.inputs();
  }

  /** Dynamic shared memory of a block that judges. */
  int judgingBytes() {
    return Float.BYTES * warps * tile() * pitch();
  }

  /**
   * About how many cycles a block takes for a step over so many samples, rather too many: two of
   * its instructions in a cycle. Estimated from the compiled code, not measured.
   */
  long cycles(long samples) {
    int units = units(network, lanes);
    long each = network.drops() ? 40 + RANDOM_WORDS : 40;
    long instructions =
        (long) depth * units * (2L * (network.inputs() + network.outputs()) + each) + 200;
    long tiles = (samples + tile() - 1) / tile();
    return tiles * instructions / 2 + 4L * network.parameters() + 3000;
  }

  /** What the source is compiled with. */
  List<String> defines() {
    List<String> defines = new ArrayList<>(network.defines());
    defines.add("LANES=" + lanes);
    defines.add("DEPTH=" + depth);
    defines.add("WARPS=" + warps);
    defines.add("SLOTS=" + slots);
    defines.add("MIN_BLOCKS=1");
    defines.add("FRONT=" + (steps.front() ? 1 : 0));
    defines.add("REFINED=" + (steps.refined() ? 1 : 0));
    defines.add("SHUFFLED=" + (shuffled ? 1 : 0));
    defines.add("RESIDENT=" + (resident ? 1 : 0));
    return defines;
  }
}
