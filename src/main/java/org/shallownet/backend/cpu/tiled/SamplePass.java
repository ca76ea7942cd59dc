package org.shallownet.backend.cpu.tiled;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Loss;

/** Sends samples through a network and back, for one thread: tile by tile, each in the cache. */
interface SamplePass {
  /** Allocates what gradients with dropout need. */
  void reserveDropout();

  /**
   * Takes up new weights.
   *
   * @param theta the weights in the order of the layout
   * @param loss what a sample costs
   * @param dropout leaves activations out of gradients; null for none
   */
  void prepare(float[] theta, Loss loss, @Nullable TileDropout dropout);

  /** Sums over the samples at positions {@code start … end - 1}, in tiles of so many. */
  void gradient(float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums);

  /** Costs and hits only. */
  void evaluate(float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums);

  /** From the samples of a block of the tile under way to its logits. */
  void forward(float[] theta, int block);
}
