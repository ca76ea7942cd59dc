package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * The arithmetic of {@link TiledTrainingEngine} on a block of samples, in Java with or without
 * vectors.
 *
 * <p>A block holds {@link #block} samples with one row per feature or unit: value {@code (row, i)}
 * lies at {@code row · block + i}. So the inner loops always run over samples, and it is only their
 * number that is padded, whatever the sizes of the layers are.
 *
 * <p>Sums over samples are kept in {@link #lanes} parts, {@code lanes} floats in a row for each
 * sum, until {@link #sumLanes} adds these.
 *
 * <p>Weights of a layer are packed for {@link #affine}: rows in fours, for each input the weights
 * of the four rows side by side, so that weight {@code (row, k)} lies at {@code row / 4 · stride +
 * 4 k + row % 4}; {@link #outer} leaves its sums in the same order, with a stride of four times the
 * inputs, which are padded to a multiple of 4. A layer with a single row isn't padded: its weights
 * lie in the order of its inputs, and {@link #dot} and {@link #dotGradient} serve it.
 */
public interface TileKernels extends RowFetch {
  /** What computes, for people. */
  String describe();

  /** Samples of a block. */
  int block();

  /** Parts that sums over samples are kept in. */
  int lanes();

  /**
   * {@code z = W x + b} for one block.
   *
   * @param w where in {@code theta} the packed weights begin
   * @param stride floats from four rows of weights to the next four
   * @param b where in {@code theta} the biases begin
   * @param rows of the layer, a multiple of 4
   * @param inputs rows of x
   */
  void affine(
      float[] theta,
      int w,
      int stride,
      int b,
      int rows,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ);

  /** {@code z = w x + b} for one block and a layer of a single row. */
  void dot(float[] theta, int w, int b, float[] x, int fromX, int inputs, float[] z, int fromZ);

  /**
   * {@code g += d xᵀ} over several blocks.
   *
   * @param strideD floats from one block of d to the next
   * @param rows of d, a multiple of 4
   * @param strideX floats from one block of x to the next
   * @param inputs rows of x, a multiple of 4
   * @param g {@code rows · inputs · lanes} floats
   */
  void outer(
      float[] d,
      int fromD,
      int strideD,
      int rows,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g);

  /**
   * {@code g += d xᵀ} over several blocks for a layer of a single row.
   *
   * @param g {@code inputs · lanes} floats
   */
  void dotGradient(
      float[] d,
      int fromD,
      int strideD,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g);

  /** {@code z = f(z)} for some rows of one block. */
  void activate(Activation f, float[] z, int from, int rows);

  /**
   * The way back through an output layer of a single row: with {@code a = f(z)}, {@code gW += a d},
   * {@code a = w d f′}, {@code gB += a}.
   *
   * @param w where in {@code theta} the output layer's weights begin
   * @param d the derivative of the cost by the output layer's z, a row
   */
  void backward(
      Activation f,
      float[] theta,
      int w,
      float[] d,
      int fromD,
      float[] a,
      int from,
      int rows,
      float[] gW,
      float[] gB);

  /** {@code d = d ∘ f′}, {@code gB += d}, with {@code a = f(z)}. */
  void derivative(Activation f, float[] a, int fromA, float[] d, int from, int rows, float[] gB);

  /**
   * {@code z = a - y} for one block, where a is the output function of z.
   *
   * @param output any but the exponential one, which is {@link ExponentialOutput}'s
   * @param outputs rows of z
   * @param y targets, one row, or for all outputs but softmax {@code outputs} rows
   * @param misses of the samples are added to these {@code lanes} floats
   * @param gB {@code outputs · lanes} floats to which z is added
   * @return the samples' cost, infinite where a float holds no single one or sum of some
   */
  double outputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] misses,
      float[] gB);

  /**
   * {@code z = w (a - y)} for one block of weighted samples.
   *
   * @param output as for {@link #outputDelta}
   * @param y as for {@link #outputDelta}, with the row of the weights w behind
   * @param sum the weights are added to it, and those of the samples predicted right to its hits
   * @return the samples' weighted cost, not finite where a float holds no single one or sum of some
   */
  double weightedOutputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] gB,
      Outputs.Sum sum);

  /** {@code out[i] = Σ} of the {@code lanes} floats of g from {@code i · lanes} on. */
  void sumLanes(float[] g, int count, float[] out, int from);
}
