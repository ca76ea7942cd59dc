package org.shallownet.backend.cpu;

/**
 * A copy of all samples in blocks, one row per feature or target: made once, where every step reads
 * them in the same order.
 */
final class TilePanels {
  /** Floats before the first block, which then begins a line of the cache in a large array. */
  static final int ALIGNMENT = 12;

  /** Blocks that always lie in one array. */
  static final int MOST_TILE_BLOCKS = 16;

  private final int blocksPerArray;
  private final int rows;
  private final int block;
  private final float[][] arrays;

  private TilePanels(long samples, int rows, int block, int arrayFloats) {
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
  record Copies(TilePanels features, TilePanels targets) {}

  /** Copies a table, on all threads. */
  static Copies copy(
      CpuMatrix features, CpuMatrix targets, int block, int arrayFloats, WorkerTeam team) {
    TilePanels x =
        new TilePanels(features.rows(), TileLayer.padded(features.columns()), block, arrayFloats);
    TilePanels y = new TilePanels(targets.rows(), targets.columns(), block, arrayFloats);
    Cut cut = new Cut(features.rows(), (long) MOST_TILE_BLOCKS * block);
    TileRows[] cursors = new TileRows[team.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new TileRows((int) cut.length(), features, targets);
    }
    team.run(
        cut.pieces(),
        (piece, member) -> {
          TileRows samples = cursors[member];
          samples.seek(cut.start(piece), (int) (cut.end(piece) - cut.start(piece)));
          long first = (long) piece * MOST_TILE_BLOCKS;
          samples.featureBlocks(block, x.rows, x.array(first), x.position(first));
          samples.targetBlocks(block, y.array(first), y.position(first));
        });
    return new Copies(x, y);
  }

  /** The bytes that a copy takes. */
  static long bytes(long samples, int features, int targets, int block) {
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
