package org.shallownet.backend.cpu.tiled;

/**
 * A copy of all samples in blocks, one row per feature or target: made once, where every step reads
 * them in the same order. Of samples that the engine keeps it is the only one.
 */
public final class BlockedSamples {
  /** Floats before the first block, which then begins a line of the cache in a large array. */
  static final int ALIGNMENT = 12;

  /** Blocks that always lie in one array. */
  static final int MOST_TILE_BLOCKS = 16;

  private final int blocksPerArray;
  private final int rows;
  private final int block;
  private final float[][] arrays;

  /**
   * Room for samples.
   *
   * @param rows features or targets of a sample
   * @param block samples of a block
   */
  BlockedSamples(long samples, int rows, int block, int arrayFloats) {
    this.rows = rows;
    this.block = block;
    long blocks = (samples + block - 1) / block;
    int fit = arrayFloats / (rows * block) / MOST_TILE_BLOCKS * MOST_TILE_BLOCKS;
    blocksPerArray = (int) Math.min(blocks, Math.max(MOST_TILE_BLOCKS, fit));
    arrays = new float[Math.toIntExact((blocks + blocksPerArray - 1) / blocksPerArray)][];
    for (int i = 0; i < arrays.length; i++) {
      long here = Math.min(blocksPerArray, blocks - (long) i * blocksPerArray);
      arrays[i] = new float[ALIGNMENT + Math.toIntExact(here * rows * block)];
    }
  }

  /** Features and targets of a table. */
  record Copies(BlockedSamples features, BlockedSamples targets) {
    /** Room for so many samples in blocks of this many. */
    static Copies of(long samples, int inputs, int targets, int block, int arrayFloats) {
      return new Copies(
          new BlockedSamples(samples, TileLayer.padded(inputs), block, arrayFloats),
          new BlockedSamples(samples, targets, block, arrayFloats));
    }
  }

  /** Features or targets of a sample. */
  int rows() {
    return rows;
  }

  /** The bytes that a copy takes. */
  public static long bytes(long samples, int features, int targets, int block) {
    long blocks = (samples + block - 1) / block;
    return Float.BYTES * blocks * block * (TileLayer.padded(features) + targets);
  }

  /** The array that a block lies in. */
  float[] array(long number) {
    return arrays[(int) (number / blocksPerArray)];
  }

  /** Where in {@link #array} the block begins; the next ones follow. */
  int position(long number) {
    return ALIGNMENT + (int) (number % blocksPerArray) * rows * block;
  }
}
