package org.shallownet.backend.cpu.tiled;

/** Sends samples through a network and back, for one thread: tile by tile, each in the cache. */
interface SamplePass {
  /** Takes up new weights, in the order of the layout. */
  void prepare(float[] theta);

  /** Sums over the samples at positions {@code start … end - 1}, in tiles of so many. */
  void gradient(float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums);

  /** Costs and hits only. */
  void evaluate(float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums);

  /** From the samples of a block of the tile under way to its logits. */
  void forward(float[] theta, int block);
}
