package org.shallownet.backend.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * Sends samples through a network of at most one hidden layer and back, tile by tile, while a tile
 * is in the cache: {@code Z[1] = W[1] X + b[1]}, {@code A = f(Z[1])}, {@code Z[2] = W[2] A + b[2]},
 * {@code dZ[2] = Ŷ - Y}, {@code dW[2] = dZ[2] Aᵀ}, {@code dZ[1] = W[2]ᵀ dZ[2] ∘ f′}, {@code dW[1] =
 * dZ[1] Xᵀ}.
 *
 * <p>It holds what one thread needs for that, whatever the number of samples is.
 */
final class TilePass {
  private static final int ALIGNMENT = TilePanels.ALIGNMENT;

  /** A logit whose sigmoid is 0, and that no exponential takes notice of. */
  private static final float NEVER = -1e30f;

  private final TileLayout layout;
  private final TileKernels kernels;
  private final TileInput input;
  private final int block;
  private final int lanes;
  private final TileLayer first;
  private final TileLayer last;
  private final @Nullable Activation hidden;
  private final int targetRows;
  private final boolean weighted;

  /** The tile's targets, activations, their derivatives and those of the logits. */
  private final float[] gatheredY;

  private final float[] a;
  private final float[] dA;
  private final float[] dZ;

  // Sums of a chunk, in lanes.
  private final float[] biasSums;
  private final float[] outputSums;
  private final float[] outputBiasSums;
  private final float[] misses;

  /** {@code W[2]ᵀ} packed, and zeros for its biases. */
  private final float[] transposed;

  private float[] y;
  private int fromY;

  /**
   * A pass for networks of one layout.
   *
   * @param tileBlocks blocks of a tile
   * @param weighted whether the samples are, their weights being one more row of the targets
   */
  private TilePass(
      TileLayout layout, TileKernels kernels, TileInput input, int tileBlocks, boolean weighted) {
    this.layout = layout;
    this.kernels = kernels;
    this.input = input;
    block = kernels.block();
    lanes = kernels.lanes();
    first = layout.input();
    last = layout.output();
    hidden = layout.hidden();
    this.weighted = weighted;
    targetRows = layout.function().targetColumns(last.units()) + (weighted ? 1 : 0);
    int tile = tileBlocks * block;
    int activations = hidden == null ? 0 : first.rows();
    boolean many = hidden != null && last.form() != TileLayer.Form.ROW;
    gatheredY = new float[ALIGNMENT + tile * targetRows];
    y = gatheredY;
    a = new float[ALIGNMENT + tile * activations];
    dA = many ? new float[ALIGNMENT + tile * activations] : a;
    dZ = new float[ALIGNMENT + tile * last.rows()];
    biasSums = new float[lanes * activations];
    outputSums = new float[hidden == null ? 0 : lanes * last.weightCount()];
    outputBiasSums = new float[lanes * last.rows()];
    misses = new float[lanes];
    transposed = new float[many ? activations * last.rows() + activations : 0];
  }

  /** The pass of one thread for models of one shape. */
  static TilePass of(TileLayout layout, TileDesign design, KernelChoice choice, boolean weighted) {
    TileLayer first = layout.input();
    TileKernels kernels = choice.kernels(design.block());
    int blocks = design.tileBlocks();
    TileInput input =
        design.openBlas()
            ? new BlasInput(first, design.block())
            : new PanelInput(kernels, first, blocks);
    return new TilePass(layout, kernels, input, blocks, weighted);
  }

  /**
   * What a chunk of samples gives: the gradient of the sum of their costs, this sum, their hits and
   * how many they are; all of them weighted, if the samples are.
   */
  static final class Sums {
    private float[] gradient = {};
    private final Outputs.Sum outputs = new Outputs.Sum();

    /** Makes room for a gradient of this length. */
    void reserve(int size) {
      if (gradient.length < size) {
        gradient = new float[size];
      }
    }

    float[] gradient() {
      return gradient;
    }

    double cost() {
      return outputs.cost;
    }

    double hits() {
      return outputs.hits;
    }

    double weight() {
      return outputs.weight;
    }
  }

  /** Takes up new weights. */
  void prepare(float[] theta) {
    input.prepare(theta);
    if (hidden != null && dA != a) {
      transpose(theta);
    }
  }

  private void transpose(float[] theta) {
    int rows = first.rows();
    int outputs = last.rows();
    for (int to = 0; to < last.units(); to++) {
      for (int from = 0; from < last.inputs(); from++) {
        transposed[from / 4 * 4 * outputs + 4 * to + from % 4] = theta[last.weight(to, from)];
      }
    }
    Arrays.fill(transposed, rows * outputs, transposed.length, 0);
  }

  /** Sums over the samples at positions {@code start … end - 1}, in tiles of so many. */
  void gradient(float[] theta, TileRows samples, long start, long end, int tile, Sums sums) {
    sums.outputs.clear();
    Arrays.fill(biasSums, 0);
    Arrays.fill(outputBiasSums, 0);
    Arrays.fill(outputSums, 0);
    for (long at = start; at < end; at += tile) {
      int count = (int) Math.min(tile, end - at);
      load(samples, at, count);
      int blocks = (count + block - 1) / block;
      for (int s = 0; s < blocks; s++) {
        int valid = Math.min(block, count - s * block);
        forward(theta, s);
        delta(theta, s, valid, sums);
        backward(theta, s);
      }
      boolean begin = at == start;
      if (hidden == null) {
        input.addGradient(dZ, ALIGNMENT, blocks, begin);
      } else {
        input.addGradient(dA, ALIGNMENT, blocks, begin);
        if (dA != a) {
          addOutputGradient(blocks);
        }
      }
      addHits(count, sums);
    }
    finish(sums.gradient);
  }

  /** Costs and hits only. */
  void evaluate(float[] theta, TileRows samples, long start, long end, int tile, Sums sums) {
    sums.outputs.clear();
    for (long at = start; at < end; at += tile) {
      int count = (int) Math.min(tile, end - at);
      load(samples, at, count);
      for (int s = 0; s * block < count; s++) {
        forward(theta, s);
        delta(theta, s, Math.min(block, count - s * block), sums);
      }
      addHits(count, sums);
    }
  }

  private void load(TileRows samples, long at, int count) {
    samples.seek(at, count);
    input.load(samples);
    TilePanels.Copies copies = samples.copies();
    if (copies != null) {
      long number = at / block;
      y = copies.targets().array(number);
      fromY = copies.targets().position(number);
    } else {
      y = gatheredY;
      fromY = ALIGNMENT;
      samples.targetBlocks(block, gatheredY, fromY);
    }
  }

  /** From the samples of a block to its logits. */
  private void forward(float[] theta, int s) {
    int z = ALIGNMENT + s * last.rows() * block;
    if (hidden == null) {
      input.forward(theta, s, dZ, z);
      return;
    }
    int at = ALIGNMENT + s * first.rows() * block;
    input.forward(theta, s, a, at);
    kernels.activate(hidden, a, at, first.rows());
    int inputs = last.inputs();
    if (last.form() == TileLayer.Form.ROW) {
      kernels.dot(theta, last.weights(), last.biases(), a, at, inputs, dZ, z);
    } else {
      kernels.affine(
          theta, last.weights(), last.stride(), last.biases(), last.rows(), a, at, inputs, dZ, z);
    }
  }

  /** From a block's logits to the derivative of the cost. */
  private void delta(float[] theta, int s, int valid, Sums sums) {
    int z = ALIGNMENT + s * last.rows() * block;
    if (valid < block) {
      blank(z, valid);
    }
    if (weighted) {
      weightedDelta(theta, s, valid, sums);
      return;
    }
    double cost =
        kernels.outputDelta(
            layout.function(),
            dZ,
            z,
            last.units(),
            y,
            fromY + s * targetRows * block,
            misses,
            outputBiasSums);
    sums.outputs.cost += Double.isInfinite(cost) ? exactCost(theta, s, valid) : cost;
  }

  private void weightedDelta(float[] theta, int s, int valid, Sums sums) {
    double cost =
        kernels.weightedOutputDelta(
            layout.function(),
            dZ,
            ALIGNMENT + s * last.rows() * block,
            last.units(),
            y,
            fromY + s * targetRows * block,
            outputBiasSums,
            sums.outputs);
    // What weighs nothing times what is infinite is not a number, though it costs nothing.
    sums.outputs.cost += Double.isFinite(cost) ? cost : exactCost(theta, s, valid);
  }

  /** A block's cost where that is more than a float holds, from its logits in double. */
  private double exactCost(float[] theta, int s, int valid) {
    int units = last.units();
    int z = ALIGNMENT + s * last.rows() * block;
    float[] derivative = Arrays.copyOfRange(dZ, z, z + units * block);
    forward(theta, s);
    float[] logits = new float[units];
    float[] target = new float[targetRows];
    Output output = layout.function();
    Outputs.Sum sum = new Outputs.Sum();
    Outputs.Sum one = new Outputs.Sum();
    for (int i = 0; i < valid; i++) {
      for (int unit = 0; unit < units; unit++) {
        logits[unit] = dZ[z + unit * block + i];
      }
      for (int row = 0; row < targetRows; row++) {
        target[row] = y[fromY + (s * targetRows + row) * block + i];
      }
      if (weighted) {
        Outputs.weightedDelta(output, 1, units, logits, 0, target, 0, 1, logits, 0, sum, one);
      } else {
        Outputs.delta(output, 1, units, logits, 0, target, 0, 1, logits, 0, sum);
      }
    }
    System.arraycopy(derivative, 0, dZ, z, derivative.length);
    return sum.cost;
  }

  /** Logits without cost, derivative or miss for what is not a sample, with targets 0. */
  private void blank(int z, int valid) {
    boolean softmax = layout.function() == Output.SOFTMAX_CROSS_ENTROPY;
    for (int row = 0; row < last.units(); row++) {
      boolean zero = layout.function() == Output.IDENTITY_SQUARED_ERROR || (softmax && row == 0);
      int at = z + row * block;
      Arrays.fill(dZ, at + valid, at + block, zero ? 0 : NEVER);
    }
  }

  /** From the derivative by a block's logits to that by the hidden layer's. */
  private void backward(float[] theta, int s) {
    if (hidden == null) {
      return;
    }
    int rows = first.rows();
    int at = ALIGNMENT + s * rows * block;
    int z = ALIGNMENT + s * last.rows() * block;
    if (dA == a) {
      kernels.backward(hidden, theta, last.weights(), dZ, z, a, at, rows, outputSums, biasSums);
      return;
    }
    int outputs = last.rows();
    kernels.affine(transposed, 0, 4 * outputs, rows * outputs, rows, dZ, z, last.units(), dA, at);
    kernels.derivative(hidden, a, at, dA, at, rows, biasSums);
  }

  private void addOutputGradient(int blocks) {
    int rows = first.rows();
    kernels.outer(
        dZ,
        ALIGNMENT,
        last.rows() * block,
        last.rows(),
        a,
        ALIGNMENT,
        rows * block,
        rows,
        blocks,
        outputSums);
  }

  private void addHits(int count, Sums sums) {
    if (weighted) {
      return;
    }
    sums.outputs.weight += count;
    double missed = 0;
    for (int lane = 0; lane < lanes; lane++) {
      missed += misses[lane];
    }
    // A number has no hits.
    boolean classes = layout.function() != Output.IDENTITY_SQUARED_ERROR;
    sums.outputs.hits += classes ? count - (long) missed : 0;
    Arrays.fill(misses, 0);
  }

  private void finish(float[] gradient) {
    input.readGradient(gradient);
    kernels.sumLanes(outputBiasSums, last.rows(), gradient, last.biases());
    if (hidden != null) {
      kernels.sumLanes(biasSums, first.rows(), gradient, first.biases());
      kernels.sumLanes(outputSums, last.weightCount(), gradient, last.weights());
      layout.clearPadding(gradient);
    }
  }
}
