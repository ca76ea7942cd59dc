package org.shallownet.backend.cuda.fused;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/**
 * How {@code one_pass.cu} takes the gradients of networks of one shape: a pure function of the
 * shape and of what takes the products.
 *
 * @param network what is trained
 * @param products what takes its products
 * @param lanes lanes of a warp that share a sample, a power of 2
 * @param depth samples that they work on in a row, a power of 2
 * @param warps of a block
 */
record OnePassDesign(FusedDesign network, Products products, int lanes, int depth, int warps) {
  /** Numbers of the largest grid: 6 blocks for each of the 132 multiprocessors of an H100. */
  static final int MOST_BLOCKS = 792;

  private static final int WARP = 32;
  private static final int MOST_WARPS = 4;
  private static final int MOST_DEPTH = 8;

  /** With one output, lanes of a whole warp may take more: its output then costs each less. */
  private static final int DEEP = 16;

  private static final int MOST_DEEP_NUMBERS = 171;
  private static final int MOST_OUTPUTS = 16;

  /** A thread has 255 registers; what is neither of these numbers takes up to some 90. */
  private static final int MOST_NUMBERS = 152;

  /** What a block may have without asking, less the sums of costs. */
  private static final int MOST_SHARED = (48 << 10) - 512;

  /** A smaller pass is not worth its launch. */
  private static final long LEAST_SAMPLES = 256;

  /** Samples that a lane adds up in float at most, so that sums stay exact to some 10⁻⁴. */
  private static final long MOST_SUMMED = 4096;

  /** Tiles that a warp should have at least. */
  private static final int LEAST_TILES = 2;

  /**
   * The design for a network; nothing if it is too deep or too wide.
   *
   * @param dropout the part of hidden activations that is left out
   * @param products what may take its products, the best ones first; tensor cores do for one
   *     output, without dropout, where they pay and have room in registers
   */
  static Optional<OnePassDesign> of(
      NetworkSpec spec, boolean weighted, Loss loss, double dropout, List<Products> products) {
    if (spec.hidden().size() > 1 || spec.outputs() > MOST_OUTPUTS) {
      return Optional.empty();
    }
    FusedDesign network = FusedDesign.of(spec, weighted, loss, dropout);
    return products.stream()
        .map(kind -> kind.onTensorCores() ? onTensorCores(network, kind) : onCores(network))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<OnePassDesign> onTensorCores(FusedDesign network, Products products) {
    if (network.drops()
        || network.outputs() != 1
        || Math.min(network.hidden(), network.inputs()) < products.least()) {
      return Optional.empty();
    }
    OnePassDesign design = new OnePassDesign(network, products, WARP, products.tile(), MOST_WARPS);
    boolean fits =
        design.productNumbers() <= products.mostNumbers() && design.sharedBytes() <= MOST_SHARED;
    return fits ? Optional.of(design) : Optional.empty();
  }

  private static Optional<OnePassDesign> onCores(FusedDesign network) {
    for (int lanes = 1; lanes <= WARP; lanes *= 2) {
      for (int warps = MOST_WARPS; warps >= 1; warps /= 2) {
        OnePassDesign design =
            new OnePassDesign(network, Products.FP32, lanes, Math.min(lanes, MOST_DEPTH), warps);
        if (design.numbers() <= MOST_NUMBERS && design.sharedBytes() <= MOST_SHARED) {
          return Optional.of(design.deep().orElse(design));
        }
      }
      if (network.hidden() == 0) {
        break;
      }
    }
    return Optional.empty();
  }

  private Optional<OnePassDesign> deep() {
    OnePassDesign deep = new OnePassDesign(network, Products.FP32, lanes, DEEP, warps);
    boolean fits =
        lanes == WARP
            && network.outputs() == 1
            && deep.numbers() <= MOST_DEEP_NUMBERS
            && deep.sharedBytes() <= MOST_SHARED;
    return fits ? Optional.of(deep) : Optional.empty();
  }

  private int units() {
    return network.hidden() == 0 ? network.outputs() : (network.hidden() + lanes - 1) / lanes;
  }

  /**
   * The numbers that a thread keeps in registers: its weights and their sums, outputs of units, and
   * features on their way.
   */
  private long numbers() {
    int outputs = network.hidden() == 0 ? 0 : network.outputs();
    long own = units() * (network.inputs() + 1L + outputs) + outputs + (network.weighted() ? 1 : 0);
    long coming = ((long) tile() * network.inputs() + WARP - 1) / WARP;
    return 2 * own
        + (long) depth * units()
        + network.outputs() * 3L
        + coming
        + network.moreNumbers(depth);
  }

  /**
   * What a lane has at a time of what tensor cores multiply and add up. Units come by sixteens,
   * features by eights or sixteens: see {@code mma_network.cuh}.
   */
  private long productNumbers() {
    int inputs = network.inputs();
    long sixteens = (network.hidden() + 15L) / 16;
    long blocks = (inputs + 15L) / 16;
    long aside = inputs <= 8 ? 1 : inputs <= 16 ? 2 : 4;
    long back = (inputs + 8 * aside - 1) / (8 * aside) * aside;
    long coming = ((long) tile() * inputs + WARP - 1) / WARP;
    long more = network.moreNumbers(depth);
    if (products == Products.SPLIT) {
      // Weights are in shared memory; a tile's features are there as factors, two for each.
      return sixteens * (4 * back + depth / 2) + 16 * blocks + coming + more;
    }
    long forward = 16L / depth * blocks;
    return sixteens * (4 * forward + 4 * back + 8 + depth / 2) + coming + more;
  }

  private long sharedBytes() {
    long fours = (network.inputs() + 3L) / 4;
    long tile = tile() * 4L * (fours % 2 == 1 ? fours : fours + 1);
    long ofWarp = Math.max(tile, (sums() + 3L) / 4 * 4);
    if (products != Products.SPLIT) {
      return (long) Float.BYTES * warps * ofWarp;
    }
    // Beside the tiles: factors of the weights, and of each unit's biases and second weights, with
    // what each warp sums up of them and of its samples.
    long sixteens = (network.hidden() + 15L) / 16;
    long network16 = 4L * WARP * (4 * ((network.inputs() + 15L) / 16) + 1);
    long beside = sixteens * network16 + warps * (4L * WARP * sixteens + 8L * WARP);
    return Float.BYTES * Math.max(warps * ofWarp, beside + warps * tile);
  }

  /** How many sums a block leaves. */
  int sums() {
    return network.parameters() + (network.weighted() ? 1 : 0);
  }

  /** Samples of a tile. */
  int tile() {
    return WARP / lanes * depth;
  }

  /** What blocks leave, in floats, without their tallies. */
  long floats() {
    return (long) MOST_BLOCKS * sums();
  }

  /** The kernel that takes a pass. */
  FusedKernel kernel() {
    return products.kernel();
  }

  /** Threads of a block. */
  int threads() {
    return WARP * warps;
  }

  /** Blocks that take so many samples. */
  int blocks(long samples) {
    long perBlock = (long) LEAST_TILES * warps * tile();
    return (int) Math.min(MOST_BLOCKS, (samples + perBlock - 1) / perBlock);
  }

  /**
   * How many samples, a power of 2, have at most so many features; not more than sums in float
   * allow.
   */
  long passRows(long floats) {
    long most = MOST_SUMMED * MOST_BLOCKS * warps * (WARP / lanes);
    return Math.max(LEAST_SAMPLES, Long.highestOneBit(Math.min(most, floats / network.inputs())));
  }

  /** What the source is compiled with. */
  List<String> defines() {
    List<String> defines = new ArrayList<>(network.defines());
    defines.add("LANES=" + lanes);
    defines.add("DEPTH=" + depth);
    defines.add("WARPS=" + warps);
    defines.add("MIN_BLOCKS=1");
    return defines;
  }
}
