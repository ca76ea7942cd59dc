package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How {@code whole_run.cu} trains networks of one shape, which a warp's registers hold: a pure
 * function of the shape and of how many samples there are, not of the card.
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
record NarrowRunDesign(
    FusedDesign network,
    int lanes,
    int depth,
    int warps,
    int slots,
    StepKind steps,
    boolean shuffled,
    boolean resident,
    int sharedBytes)
    implements WholeRunDesign {
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

  /** With so few lanes of a sample and numbers there are registers to end epochs, too. */
  private static final int ENDING_LANES = 4;

  private static final int ENDING_NUMBERS = 100;

  /** What a block may have without asking, less what the kernels have of a fixed size. */
  private static final int MOST_SHARED = (48 << 10) - 512;

  /** The design for a model on so many samples; nothing if it is too wide for registers. */
  static Optional<NarrowRunDesign> of(
      FusedDesign network, StepKind steps, long samples, long batch) {
    if ((long) network.inputs() + network.firstUnits() > MOST_SHARED) {
      return Optional.empty();
    }
    int lanes = lanes(network);
    if (lanes == 0) {
      return Optional.empty();
    }
    int depth = depth(lanes);
    long tiles = (batch + tile(lanes, depth) - 1) / tile(lanes, depth);
    int warps = (int) Math.min(MOST_WARPS, powerFrom(tiles));
    for (int slots = warps; slots >= 1; slots /= 2) {
      NarrowRunDesign design =
          new NarrowRunDesign(
              network, lanes, depth, warps, slots, steps, batch < samples, false, 0);
      Optional<NarrowRunDesign> fitting = design.withMemory(samples);
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
  private Optional<NarrowRunDesign> withMemory(long samples) {
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

  private NarrowRunDesign with(boolean inShared, int bytes) {
    return new NarrowRunDesign(
        network, lanes, depth, warps, slots, steps, shuffled, inShared, bytes);
  }

  @Override
  public FusedKernel training() {
    return FusedKernel.WHOLE_RUN;
  }

  @Override
  public FusedKernel judging() {
    return FusedKernel.WHOLE_RUN_JUDGE;
  }

  @Override
  public FusedKernel ending() {
    return FusedKernel.WHOLE_RUN_END_EPOCH;
  }

  /** Where memory holds all samples, epochs are so short that launches would take longest. */
  @Override
  public boolean endsEpochs() {
    return resident && lanes <= ENDING_LANES && numbers(network, lanes) <= ENDING_NUMBERS;
  }

  @Override
  public NarrowRunDesign kernel() {
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

  @Override
  public int threads() {
    return WARP * warps;
  }

  @Override
  public int judgingBytes() {
    return Float.BYTES * warps * tile() * pitch();
  }

  /** Two of a block's instructions in a cycle. */
  @Override
  public long cycles(long samples) {
    int units = units(network, lanes);
    long each = network.drops() ? 40 + RANDOM_WORDS : 40;
    long instructions =
        (long) depth * units * (2L * (network.inputs() + network.outputs()) + each) + 200;
    long tiles = (samples + tile() - 1) / tile();
    return tiles * instructions / 2 + 4L * network.parameters() + 3000;
  }

  @Override
  public List<String> defines() {
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
    defines.add("ENDS=" + (endsEpochs() ? 1 : 0));
    return defines;
  }
}
