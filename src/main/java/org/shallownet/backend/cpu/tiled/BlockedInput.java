package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;

/** {@link TileInput} by {@link TileKernels}, from blocks of samples: for small layers. */
final class BlockedInput implements TileInput {
  private final TileKernels kernels;
  private final TileLayer layer;
  private final int stride;
  private final float[] sums;
  private final float[] gathered;
  private float[] x;
  private int fromX;

  /** The input of a pass with tiles of so many blocks. */
  BlockedInput(TileKernels kernels, TileLayer layer, int tileBlocks) {
    this.kernels = kernels;
    this.layer = layer;
    stride = TileLayer.padded(layer.inputs()) * kernels.block();
    sums = new float[layer.weightCount() * kernels.lanes()];
    gathered = new float[BlockedSamples.ALIGNMENT + tileBlocks * stride];
    x = gathered;
  }

  @Override
  public void load(TileRows samples) {
    int block = kernels.block();
    BlockedSamples.Copies copies = samples.copies();
    if (copies != null) {
      long first = samples.first() / block;
      x = copies.features().array(first);
      fromX = copies.features().position(first);
    } else {
      x = gathered;
      fromX = BlockedSamples.ALIGNMENT;
      samples.featureBlocks(block, TileLayer.padded(layer.inputs()), gathered, fromX);
    }
  }

  @Override
  public void prepare(float[] theta) {
    // The kernels read the weights where they are.
  }

  @Override
  public void forward(float[] theta, int block, float[] z, int from) {
    int at = fromX + block * stride;
    int inputs = layer.inputs();
    if (layer.form() == TileLayer.Form.ROW) {
      kernels.dot(theta, layer.weights(), layer.biases(), x, at, inputs, z, from);
    } else {
      kernels.affine(
          theta,
          layer.weights(),
          layer.stride(),
          layer.biases(),
          layer.rows(),
          x,
          at,
          inputs,
          z,
          from);
    }
  }

  @Override
  public void addGradient(float[] d, int from, int blocks, boolean first) {
    if (first) {
      Arrays.fill(sums, 0);
    }
    int rows = layer.rows();
    int strideD = rows * kernels.block();
    if (layer.form() == TileLayer.Form.ROW) {
      kernels.dotGradient(d, from, strideD, x, fromX, stride, layer.inputs(), blocks, sums);
    } else {
      int inputs = TileLayer.padded(layer.inputs());
      kernels.outer(d, from, strideD, rows, x, fromX, stride, inputs, blocks, sums);
    }
  }

  @Override
  public void readGradient(float[] gradient) {
    kernels.sumLanes(sums, layer.weightCount(), gradient, layer.weights());
  }
}
