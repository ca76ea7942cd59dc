package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.Cut;
import org.shallownet.network.NetworkSpec;

/**
 * How {@link TiledTrainingEngine} goes about networks of one shape: a pure function of the shape
 * and the machine.
 *
 * @param openBlas whether OpenBLAS multiplies in the first layer, a tile being one block
 * @param block samples of a block
 * @param tileBlocks blocks of a tile
 * @param byRows whether samples go through row by row, by vectors of units: {@link RowPass}
 */
public record TileDesign(boolean openBlas, int block, int tileBlocks, boolean byRows) {
  /**
   * What matters of a machine.
   *
   * @param vectors whether there are vectors
   * @param openBlas whether OpenBLAS may be used
   */
  public record Machine(boolean vectors, boolean openBlas) {}

  /** Samples of a block of the vector kernels: four registers of AVX-512. */
  public static final int VECTOR_BLOCK = 64;

  /** In plain Java: loops over fewer samples are never vectorised. */
  public static final int PLAIN_BLOCK = 256;

  /** A tile of an OpenBLAS product, which copies the weights for each. */
  private static final int OPENBLAS_BLOCK = 1024;

  /** Floats of such a tile at most: samples, products, activations and derivatives by them. */
  private static final int MOST_OPENBLAS_FLOATS = 1 << 22;

  /** First layers with more weights than this exceed the second cache with their sums in lanes. */
  private static final int MOST_KERNEL_WEIGHTS = 1 << 14;

  /** Without vectors, OpenBLAS is worth its copies and half a second of loading from here on. */
  private static final int LEAST_PLAIN_WEIGHTS = 1 << 8;

  /** Activations of a tile, which stay in the second cache beside the sums. */
  private static final int TILE_FLOATS = 1 << 15;

  private static final int LEAST_TILE_BLOCKS = 4;

  /** Work of a chunk below which a second thread gains nothing: some 25 microseconds. */
  private static final long LEAST_CHUNK_WORK = 1L << 20;

  /** What it costs to fetch a sample from anywhere in memory, in multiplications. */
  private static final long FETCH_WORK = 1L << 12;

  /** Inputs, hidden units and outputs together. */
  private static final int MOST_WIDTH = 1 << 14;

  /** Weights of an OpenBLAS product: a thread has a copy and two gradients of them, 48 MiB. */
  private static final int MOST_OPENBLAS_WEIGHTS = 1 << 22;

  /** Weights whose sums are kept in lanes, 64 bytes each. */
  private static final int MOST_SUMMED_WEIGHTS = 1 << 19;

  /**
   * Weights between two hidden layers, whose sums in lanes every tile goes through. At 28-320-320-1
   * a step takes 0.7 of the layered engine's time, at 28-512-512-1 1.06 of it.
   */
  private static final int MOST_INNER_WEIGHTS = 1 << 17;

  /** Hidden units from which on a mini-batch goes through row by row. */
  private static final int LEAST_ROW_UNITS = 8;

  private static final int MOST_ROW_OUTPUTS = 16;

  /** As many chunks as have sums of their own, at most. */
  private static final int MOST_CHUNKS = Cut.MOST_SUMS;

  /** Floats of all chunks' sums together, unless there are only few chunks. */
  private static final int CHUNK_FLOATS = 1 << 24;

  private static final int FEW_CHUNKS = 4;

  /**
   * Whether the engine trains all networks of a plan. It doesn't where samples are streamed, nor
   * networks so large that a thread's tiles or sums would take more than some ten megabytes, nor
   * those with a large layer between hidden ones, which the layered engine trains as fast.
   */
  public static boolean supports(TrainingPlan plan, Machine machine) {
    return plan.models().stream()
        .allMatch(model -> supports(plan.samples(), model.spec(), machine));
  }

  /** The same for one network. */
  public static boolean supports(Samples samples, NetworkSpec spec, Machine machine) {
    return !(samples instanceof Samples.Streamed) && supports(spec, machine);
  }

  /**
   * Whether all that the engine reads of a plan's samples is one copy of them by blocks: every
   * network is trained by full batches of all samples and inputs, and has no rows of its own held
   * back.
   */
  public static boolean readsOneCopy(TrainingPlan plan, Machine machine) {
    return plan.models().stream()
        .allMatch(
            model ->
                supports(model.spec(), machine)
                    && plan.fullBatch(model)
                    && of(plan, model, machine).readsBlocks()
                    && model.samples().trainsOnAll()
                    && !model.samples().judged());
  }

  private static boolean supports(NetworkSpec spec, Machine machine) {
    long width = (long) spec.inputs() + Math.max(spec.units(1), hiddenUnits(spec)) + spec.outputs();
    long weights = (long) spec.inputs() * spec.units(1);
    long most = of(spec, machine).openBlas() ? MOST_OPENBLAS_WEIGHTS : MOST_SUMMED_WEIGHTS;
    long summed = 0;
    long widestInner = 0;
    for (int l = 2; l <= spec.layerCount(); l++) {
      long between = (long) spec.units(l - 1) * spec.units(l);
      summed += between;
      widestInner = l < spec.layerCount() ? Math.max(widestInner, between) : widestInner;
    }
    return width <= MOST_WIDTH
        && weights <= most
        && summed <= MOST_SUMMED_WEIGHTS
        && widestInner <= MOST_INNER_WEIGHTS;
  }

  /** The hidden units of all layers. */
  private static long hiddenUnits(NetworkSpec spec) {
    long units = 0;
    // By number: this is asked at every step, and an iterator would be allocated.
    for (int l = 1; l < spec.layerCount(); l++) {
      units += spec.units(l);
    }
    return units;
  }

  /** The design for networks of one shape. */
  public static TileDesign of(NetworkSpec spec, Machine machine) {
    int units = spec.units(1);
    long weights = (long) units * spec.inputs();
    boolean row = units == 1 && spec.hidden().isEmpty();
    boolean large = weights > (machine.vectors() ? MOST_KERNEL_WEIGHTS : LEAST_PLAIN_WEIGHTS);
    if (machine.openBlas() && large && !row) {
      long hidden = Math.max(units, hiddenUnits(spec));
      long fit = MOST_OPENBLAS_FLOATS / (spec.inputs() + 3 * hidden + spec.outputs());
      return new TileDesign(true, powerOf2(fit, VECTOR_BLOCK, OPENBLAS_BLOCK), 1, false);
    }
    int block = machine.vectors() ? VECTOR_BLOCK : PLAIN_BLOCK;
    long rows = spec.inputs() + Math.max(units, hiddenUnits(spec));
    long fit = TILE_FLOATS / (block * rows);
    int most = BlockedSamples.MOST_TILE_BLOCKS * VECTOR_BLOCK / block;
    int least = Math.max(1, LEAST_TILE_BLOCKS * VECTOR_BLOCK / block);
    return new TileDesign(false, block, powerOf2(fit, least, most), false);
  }

  /** The design for a model of a plan: mini-batches may have another than full batches. */
  public static TileDesign of(TrainingPlan plan, ModelPlan model, Machine machine) {
    TileDesign shape = of(model.spec(), machine);
    boolean rows =
        machine.vectors() && !shape.openBlas() && !plan.fullBatch(model) && suitsRows(model.spec());
    return rows ? new TileDesign(false, VECTOR_BLOCK, 1, true) : shape;
  }

  /**
   * Units enough to fill vectors, outputs so few that each sample's sum over lanes is no matter.
   */
  private static boolean suitsRows(NetworkSpec spec) {
    return spec.hidden().size() == 1
        && spec.units(1) >= LEAST_ROW_UNITS
        && spec.outputs() <= MOST_ROW_OUTPUTS;
  }

  /** The largest power of 2 that isn't more than this, within two other powers of 2. */
  private static int powerOf2(long number, int least, int most) {
    return Math.max(least, (int) Long.highestOneBit(Math.min(most, number)));
  }

  /** Whether passes read blocks of samples, of which there may be copies. */
  boolean readsBlocks() {
    return !openBlas && !byRows;
  }

  /** Samples of a tile. */
  int tile() {
    return block * tileBlocks;
  }

  /**
   * About how many multiplications one sample costs, an activation counted as eight.
   *
   * @param spec of the network
   * @param shuffled whether samples are taken in a random order
   */
  static long workPerSample(NetworkSpec spec, boolean shuffled) {
    long units = Math.max(spec.units(1), hiddenUnits(spec));
    return 2L * spec.parameterCount() + 8 * (units + spec.outputs()) + (shuffled ? FETCH_WORK : 0);
  }

  /** Whether a step over so many samples is worth more than one thread. */
  static boolean worthSharing(NetworkSpec spec, long samples, boolean shuffled) {
    return samples * workPerSample(spec, shuffled) >= 2 * LEAST_CHUNK_WORK;
  }

  /** Whether models are trained one per thread rather than one after the other on all of them. */
  static boolean oneThreadPerModel(TrainingPlan plan, int active, int threads) {
    if (active < 2) {
      return false;
    }
    boolean small = true;
    for (ModelPlan model : plan.models()) {
      small &= !worthSharing(model.spec(), plan.batchRows(model), !plan.fullBatch(model));
    }
    return small || active >= 4 * threads;
  }

  /**
   * Whether one thread takes a model's steps over mini-batches and another copies their samples.
   *
   * @param apart whether models are trained one per thread
   * @param shared whether a step is worth more than one thread
   * @param shuffled whether samples are taken in a random order
   */
  static boolean copiesAhead(boolean apart, boolean shared, boolean shuffled, int threads) {
    return !apart && !shared && shuffled && threads > 1;
  }

  /**
   * How the samples of a batch are cut into chunks of whole tiles.
   *
   * @param shuffled whether they are taken in a random order
   */
  Chunks chunks(NetworkSpec spec, long samples, boolean shuffled) {
    long tiles = (samples + tile() - 1) / tile();
    int length = tile();
    if (openBlas) {
      // Tiles of one size: the last one would otherwise keep a thread waiting.
      long even = (samples + tiles - 1) / tiles;
      length = (int) ((even + VECTOR_BLOCK - 1) / VECTOR_BLOCK * VECTOR_BLOCK);
      tiles = (samples + length - 1) / length;
    }
    double worth = (double) samples * workPerSample(spec, shuffled) / LEAST_CHUNK_WORK;
    int room = Math.max(FEW_CHUNKS, CHUNK_FLOATS / spec.parameterCount());
    // A power of 2, as the number of threads mostly is.
    int count =
        Integer.highestOneBit(
            (int) Math.max(1, Math.min((double) Math.min(MOST_CHUNKS, room), worth)));
    // Of a small batch each chunk has a tile, shorter than it could be.
    while (tiles < count && !openBlas && length > block) {
      length /= 2;
      tiles = (samples + length - 1) / length;
    }
    return new Chunks(samples, length, tiles, Integer.highestOneBit((int) Math.min(count, tiles)));
  }

  /** Samples that a thread judges in one go: whole tiles, a power of 2. */
  int judgedStretch(NetworkSpec spec) {
    long worth = LEAST_CHUNK_WORK / workPerSample(spec, false);
    return Math.max(tile(), (int) Long.highestOneBit(worth));
  }

  /**
   * Chunks of a batch, each with sums of its own.
   *
   * @param samples of the batch
   * @param tile samples of a tile
   * @param tiles how many there are
   * @param count how many chunks
   */
  record Chunks(long samples, int tile, long tiles, int count) {
    /** The first sample of a chunk. */
    long start(int chunk) {
      return Math.min(samples, tiles * chunk / count * tile);
    }

    /** The first sample after a chunk. */
    long end(int chunk) {
      return start(chunk + 1);
    }
  }
}
