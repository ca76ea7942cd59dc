package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How {@code whole_run_wide.cu} trains networks of one shape, whose weights stay in the card's
 * memory: those with a hidden layer whose inputs are too many for a warp's registers.
 *
 * @param network what is trained
 * @param steps what steps are beyond plain ones
 * @param shuffled whether batches are in a random order
 */
record WideRunDesign(FusedDesign network, StepKind steps, boolean shuffled)
    implements WholeRunDesign {
  /** Units of which shared memory has room for a tile. */
  private static final int MOST_HIDDEN = 128;

  /** With more, the card's whole width is worth it for each network. An estimate. */
  private static final int MOST_INPUTS = 1024;

  /** Samples that are added up in float, kMostBatch in the kernel. */
  private static final int MOST_BATCH = 1024;

  private static final int WARPS = 8;

  /** Samples of a tile, and features of a chunk. */
  private static final int TILE = 32;

  private static final int CHUNK = 32;

  /** Instructions for the random word of a unit. */
  private static final int RANDOM_WORDS = 90;

  /**
   * The design for a model on so many samples; nothing if it is too wide or its batch too large.
   */
  static Optional<WideRunDesign> of(FusedDesign network, StepKind steps, long samples, long batch) {
    boolean fits =
        network.hidden() > 0
            && network.hidden() <= MOST_HIDDEN
            && network.inputs() <= MOST_INPUTS
            && batch <= MOST_BATCH;
    return fits
        ? Optional.of(new WideRunDesign(network, steps, batch < samples))
        : Optional.empty();
  }

  @Override
  public FusedKernel training() {
    return FusedKernel.WHOLE_RUN_WIDE;
  }

  @Override
  public FusedKernel judging() {
    return FusedKernel.WHOLE_RUN_WIDE_JUDGE;
  }

  @Override
  public FusedKernel ending() {
    return FusedKernel.WHOLE_RUN_WIDE_END_EPOCH;
  }

  /** A block's memory is the same for any samples. */
  @Override
  public WideRunDesign kernel() {
    return this;
  }

  @Override
  public int threads() {
    return WARP * WARPS;
  }

  /** None: what a block needs is of a fixed size. */
  @Override
  public int sharedBytes() {
    return 0;
  }

  @Override
  public int judgingBytes() {
    return 0;
  }

  /** Units of a lane. */
  private int units() {
    return (network.hidden() + WARP - 1) / WARP;
  }

  /** A step's sums, then the derivatives by units of every sample of the batch, in whole tiles. */
  @Override
  public int scratchNumbers(long batch) {
    int sums = network.parameters() + (network.weighted() ? 1 : 0);
    int tiles = (int) ((batch + TILE - 1) / TILE);
    return (sums + WARP - 1) / WARP * WARP + tiles * TILE * WARP * units();
  }

  /**
   * Of a chunk of a tile's features, forward and back, what shared memory takes to be read, and a
   * wait for what comes from the level-2 cache. A parameter is read from there, too.
   */
  @Override
  public long cycles(long samples) {
    long tiles = (samples + TILE - 1) / TILE;
    long chunks = (network.inputs() + CHUNK - 1L) / CHUNK;
    long each = network.drops() ? 40 + RANDOM_WORDS : 40;
    long outputs = (long) TILE * units() * (4L * network.outputs() + each) / 2;
    return tiles * (chunks * (512L * (units() + 1) + 400) + outputs + 1000)
        + 4L * network.parameters()
        + 3000;
  }

  @Override
  public List<String> defines() {
    List<String> defines = new ArrayList<>(network.defines());
    defines.add("WARPS=" + WARPS);
    defines.add("MIN_BLOCKS=1");
    defines.add("FRONT=" + (steps.front() ? 1 : 0));
    defines.add("REFINED=" + (steps.refined() ? 1 : 0));
    defines.add("SHUFFLED=" + (shuffled ? 1 : 0));
    return defines;
  }
}
