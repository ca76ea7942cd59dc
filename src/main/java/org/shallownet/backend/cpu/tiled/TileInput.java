package org.shallownet.backend.cpu.tiled;

/**
 * The layer that samples go into, and the tile's samples in the form that its products need: the
 * part of {@link TilePass} that differs between small layers and large ones.
 */
interface TileInput {
  /** Takes up the samples that these rows now stand at. */
  void load(TileRows samples);

  /** Takes up new weights. */
  void prepare(float[] theta);

  /** {@code z = W x + b} of one block of the tile. */
  void forward(float[] theta, int block, float[] z, int from);

  /**
   * Adds {@code d xᵀ} over the tile to the gradient of the weights.
   *
   * @param d blocks of the layer's rows
   * @param first whether the gradient begins anew
   */
  void addGradient(float[] d, int from, int blocks, boolean first);

  /** Writes the gradient of the weights to their place in this vector. */
  void readGradient(float[] gradient);
}
