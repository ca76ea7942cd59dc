package org.shallownet.backend.cpu.vector;

import org.shallownet.backend.cpu.tiled.TileKernels;

/**
 * An activation over rows of a block, by vectors.
 *
 * <p>Each function has loops of its own, since a vector that crosses a call through an interface is
 * allocated.
 */
interface VectorActivation {
  /** See {@link TileKernels#activate}. */
  void activate(int block, float[] z, int from, int rows);

  /** See {@link TileKernels#backward}. */
  void backward(
      int block,
      float[] theta,
      int w,
      float[] d,
      int fromD,
      float[] a,
      int from,
      int rows,
      float[] gW,
      float[] gB);

  /** See {@link TileKernels#derivative}. */
  void derivative(int block, float[] a, int fromA, float[] d, int from, int rows, float[] gB);
}
