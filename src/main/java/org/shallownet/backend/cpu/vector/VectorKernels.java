package org.shallownet.backend.cpu.vector;

import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.cpu.tiled.RowDots;
import org.shallownet.backend.cpu.tiled.RowKernels;
import org.shallownet.backend.cpu.tiled.RowProduct;
import org.shallownet.backend.cpu.tiled.TileKernels;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * {@link TileKernels} by the Vector API, {@code jdk.incubator.vector}.
 *
 * <p>Loaded by name only, by {@link KernelChoice}: a JVM that wasn't started with the module can't
 * even load it.
 */
public final class VectorKernels implements TileKernels, RowKernels {
  private final int block;

  /** What the outputs keep of a block from one loop to the next. */
  private final float[] room;

  private final VectorWeightedOutputs weighted = new VectorWeightedOutputs();

  /** A vector for each sample of a block. */
  private final float[] lanes;

  /** Sums of the outputs' costs. */
  private final float[] costs = new float[VectorMath.FLOATS.length()];

  /**
   * Kernels for blocks of this size.
   *
   * @param block a multiple of 64
   */
  public VectorKernels(int block) {
    this.block = block;
    room = new float[2 * block];
    lanes = new float[block * VectorMath.FLOATS.length()];
  }

  @Override
  public String describe() {
    return VectorMath.FLOATS.vectorBitSize() + "-bit vectors";
  }

  @Override
  public void order(BatchOrder order, long epoch, long first, int count, long[] to) {
    VectorFetch.order(order, epoch, first, count, to);
  }

  @Override
  public void copy(
      CpuMatrix from,
      long[] rows,
      int count,
      int firstColumn,
      int columns,
      float[] to,
      int stride) {
    VectorFetch.copy(from, rows, count, firstColumn, columns, to, stride);
  }

  @Override
  public int block() {
    return block;
  }

  @Override
  public int lanes() {
    return VectorMath.FLOATS.length();
  }

  @Override
  public void affine(
      float[] theta,
      int w,
      int stride,
      int b,
      int rows,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ) {
    VectorProducts.affine(block, theta, w, stride, b, rows, x, fromX, inputs, z, fromZ);
  }

  @Override
  public void dot(
      float[] theta, int w, int b, float[] x, int fromX, int inputs, float[] z, int fromZ) {
    VectorProducts.dot(block, theta, w, b, x, fromX, inputs, z, fromZ);
  }

  @Override
  public void outer(
      float[] d,
      int fromD,
      int strideD,
      int rows,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g) {
    if (block == VectorProducts.GROUP) {
      VectorProducts.outer(block, d, fromD, strideD, rows, x, fromX, strideX, inputs, blocks, g);
      return;
    }
    int group = VectorProducts.GROUP;
    int groups = block / group;
    for (int s = 0; s < blocks; s++) {
      int ds = fromD + s * strideD;
      int xs = fromX + s * strideX;
      VectorProducts.outer(block, d, ds, group, rows, x, xs, group, inputs, groups, g);
    }
  }

  @Override
  public void dotGradient(
      float[] d,
      int fromD,
      int strideD,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int blocks,
      float[] g) {
    if (block == VectorProducts.GROUP) {
      VectorProducts.dotGradient(block, d, fromD, strideD, x, fromX, strideX, inputs, blocks, g);
      return;
    }
    int group = VectorProducts.GROUP;
    int groups = block / group;
    for (int s = 0; s < blocks; s++) {
      int ds = fromD + s * strideD;
      int xs = fromX + s * strideX;
      VectorProducts.dotGradient(block, d, ds, group, x, xs, group, inputs, groups, g);
    }
  }

  @Override
  public void activate(Activation f, float[] z, int from, int rows) {
    of(f).activate(block, z, from, rows);
  }

  @Override
  public void backward(
      Activation f,
      float[] theta,
      int w,
      float[] d,
      int fromD,
      float[] a,
      int from,
      int rows,
      float[] gW,
      float[] gB) {
    of(f).backward(block, theta, w, d, fromD, a, from, rows, gW, gB);
  }

  @Override
  public void derivative(
      Activation f, float[] a, int fromA, float[] d, int from, int rows, float[] gB) {
    of(f).derivative(block, a, fromA, d, from, rows, gB);
  }

  @Override
  public double outputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] misses,
      float[] gB) {
    return switch (output) {
      case SIGMOID_CROSS_ENTROPY ->
          VectorOutputs.sigmoid(block, z, from, outputs, y, fromY, costs, misses, gB, room);
      case SOFTMAX_CROSS_ENTROPY ->
          VectorOutputs.softmax(block, z, from, outputs, y, fromY, costs, misses, gB, room);
      case IDENTITY_SQUARED_ERROR ->
          VectorOutputs.identity(block, z, from, outputs, y, fromY, costs, gB);
      case EXPONENTIAL_POISSON -> throw none(output);
    };
  }

  @Override
  public double weightedOutputDelta(
      Output output,
      float[] z,
      int from,
      int outputs,
      float[] y,
      int fromY,
      float[] gB,
      Outputs.Sum sum) {
    return switch (output) {
      case SIGMOID_CROSS_ENTROPY ->
          weighted.sigmoid(block, z, from, outputs, y, fromY, room, gB, sum);
      case SOFTMAX_CROSS_ENTROPY ->
          weighted.softmax(block, z, from, outputs, y, fromY, room, gB, sum);
      case IDENTITY_SQUARED_ERROR -> weighted.identity(block, z, from, outputs, y, fromY, gB, sum);
      case EXPONENTIAL_POISSON -> throw none(output);
    };
  }

  private static IllegalArgumentException none(Output output) {
    return new IllegalArgumentException("there are no vector loops for a " + output + " output");
  }

  @Override
  public void sumLanes(float[] g, int count, float[] out, int from) {
    VectorProducts.sumLanes(g, count, out, from);
  }

  @Override
  public void multiply(RowProduct product, int rows, int depth) {
    VectorRows.multiply(product, rows, depth);
  }

  @Override
  public void dots(RowDots product, int outputs, int samples) {
    VectorRows.dots(product, outputs, samples, lanes);
  }

  /** The loops that compute f. */
  private static VectorActivation of(Activation f) {
    return switch (f) {
      case RELU -> VectorRelu.INSTANCE;
      case LEAKY_RELU -> VectorLeakyRelu.INSTANCE;
      case TANH -> VectorTanh.INSTANCE;
      case SIGMOID -> VectorSigmoid.INSTANCE;
      case IDENTITY -> VectorIdentity.INSTANCE;
    };
  }
}
