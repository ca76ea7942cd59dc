package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.backend.cpu.primitives.Sums;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * Sends samples through a network and back, tile by tile, while a tile is in the cache: for each
 * layer {@code Z[l] = W[l] A[l-1] + b[l]}, {@code A[l] = f(Z[l])}; {@code dZ[L] = Ŷ - Y}; for each
 * layer on the way back {@code dZ[l-1] = W[l]ᵀ dZ[l] ∘ f′}, {@code dW[l] = dZ[l] A[l-1]ᵀ}.
 *
 * <p>It holds what one thread needs for that, whatever the number of samples is.
 */
final class TilePass {
  private static final int ALIGNMENT = BlockedSamples.ALIGNMENT;

  /** A logit whose sigmoid is 0, and that no exponential takes notice of. */
  private static final float NEVER = -1e30f;

  private final TileLayout layout;
  private final TileKernels kernels;
  private final TileInput input;
  private final int block;
  private final int lanes;
  private final TileLayer[] layers;
  private final Activation[] functions;

  /** For each layer the floats of a block. */
  private final int[] blockFloats;

  private final TileLayer output;
  private final int targetRows;
  private final boolean weighted;

  /** The tile's targets, where they are not copied. */
  private final float[] gatheredY;

  /** For each layer the tile's z, which its activations replace; of the last one its logits. */
  private final float[][] a;

  /**
   * For each layer the derivatives by its z: in place where nothing needs the activations again.
   */
  private final float[][] d;

  // Of the last layer once more: these are asked for with every block.
  private final float[] logits;
  private final float[] logitSums;
  private final int logitFloats;

  // Sums of a chunk, layer by layer, in lanes. The input keeps those of the first layer's weights.
  private final float[][] weightSums;
  private final float[][] biasSums;
  private final float[] misses;

  /**
   * For each layer that has several rows, but for the first, {@code Wᵀ} packed, and zero biases.
   */
  private final float[][] transposed;

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
    this.weighted = weighted;
    block = kernels.block();
    lanes = kernels.lanes();
    layers = layout.layers().toArray(new TileLayer[0]);
    functions = layout.hidden().toArray(new Activation[0]);
    output = layout.output();
    targetRows = layout.function().targetColumns(output.units()) + (weighted ? 1 : 0);
    int tile = tileBlocks * block;
    int count = layers.length;
    blockFloats = new int[count];
    for (int l = 0; l < count; l++) {
      blockFloats[l] = layers[l].rows() * block;
    }
    a = new float[count][];
    d = new float[count][];
    weightSums = new float[count][];
    biasSums = new float[count][];
    transposed = new float[count][0];
    // One after the other, since lengths that are multiples of a cache line keep them all in step.
    gatheredY = new float[ALIGNMENT + tile * targetRows];
    y = gatheredY;
    for (int l = 0; l < count; l++) {
      a[l] = new float[ALIGNMENT + tileBlocks * blockFloats[l]];
      boolean inPlace = l == count - 1 || isRow(l + 1);
      d[l] = inPlace ? a[l] : new float[a[l].length];
    }
    for (int l = 0; l < count; l++) {
      TileLayer layer = layers[l];
      weightSums[l] = new float[l == 0 ? 0 : lanes * layer.weightCount()];
      biasSums[l] = new float[lanes * layer.rows()];
      if (l > 0 && !isRow(l)) {
        int inputs = layers[l - 1].rows();
        transposed[l] = new float[inputs * layer.rows() + inputs];
      }
    }
    misses = new float[lanes];
    logits = a[count - 1];
    logitSums = biasSums[count - 1];
    logitFloats = blockFloats[count - 1];
  }

  private boolean isRow(int l) {
    return layers[l].form() == TileLayer.Form.ROW;
  }

  /** Where a block of a layer begins. */
  private int at(int l, int s) {
    return ALIGNMENT + s * blockFloats[l];
  }

  /** Where a block of the logits begins. */
  private int atLogits(int s) {
    return ALIGNMENT + s * logitFloats;
  }

  /** The pass of one thread for models of one shape. */
  static TilePass of(TileLayout layout, TileDesign design, KernelChoice choice, boolean weighted) {
    TileLayer first = layout.layers().get(0);
    TileKernels kernels = choice.kernels(design.block());
    int blocks = design.tileBlocks();
    TileInput input =
        design.openBlas()
            ? new BlasInput(first, design.block())
            : new BlockedInput(kernels, first, blocks);
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
    for (int l = 1; l < layers.length; l++) {
      if (!isRow(l)) {
        transpose(layers[l], theta, transposed[l]);
      }
    }
  }

  private static void transpose(TileLayer layer, float[] theta, float[] to) {
    int rows = layer.rows();
    for (int unit = 0; unit < layer.units(); unit++) {
      for (int from = 0; from < layer.inputs(); from++) {
        to[from / 4 * 4 * rows + 4 * unit + from % 4] = theta[layer.weight(unit, from)];
      }
    }
  }

  /** Sums over the samples at positions {@code start … end - 1}, in tiles of so many. */
  void gradient(float[] theta, TileRows samples, long start, long end, int tile, Sums sums) {
    sums.outputs.clear();
    for (int l = 0; l < layers.length; l++) {
      Arrays.fill(biasSums[l], 0);
      Arrays.fill(weightSums[l], 0);
    }
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
      addGradients(blocks, at == start);
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
    BlockedSamples.Copies copies = samples.copies();
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
    if (layers.length == 1) {
      input.forward(theta, s, logits, atLogits(s));
      return;
    }
    input.forward(theta, s, a[0], at(0, s));
    // The last layer, and networks without others, apart: in one loop they cost up to a tenth more.
    int last = layers.length - 1;
    for (int l = 1; l < last; l++) {
      forward(theta, s, l);
    }
    forward(theta, s, last);
  }

  /** Through one layer, from the z of the one before. */
  private void forward(float[] theta, int s, int l) {
    TileLayer layer = layers[l];
    float[] x = a[l - 1];
    int from = at(l - 1, s);
    kernels.activate(functions[l - 1], x, from, layers[l - 1].rows());
    int w = layer.weights();
    int b = layer.biases();
    int z = at(l, s);
    if (layer.form() == TileLayer.Form.ROW) {
      kernels.dot(theta, w, b, x, from, layer.inputs(), a[l], z);
    } else {
      kernels.affine(theta, w, layer.stride(), b, layer.rows(), x, from, layer.inputs(), a[l], z);
    }
  }

  /** From a block's logits to the derivative of the cost. */
  private void delta(float[] theta, int s, int valid, Sums sums) {
    int z = atLogits(s);
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
            logits,
            z,
            output.units(),
            y,
            fromY + s * targetRows * block,
            misses,
            logitSums);
    sums.outputs.cost += Double.isInfinite(cost) ? exactCost(theta, s, valid) : cost;
  }

  private void weightedDelta(float[] theta, int s, int valid, Sums sums) {
    double cost =
        kernels.weightedOutputDelta(
            layout.function(),
            logits,
            atLogits(s),
            output.units(),
            y,
            fromY + s * targetRows * block,
            logitSums,
            sums.outputs);
    // What weighs nothing times what is infinite is not a number, though it costs nothing.
    sums.outputs.cost += Double.isFinite(cost) ? cost : exactCost(theta, s, valid);
  }

  /** A block's cost where that is more than a float holds, from its logits in double. */
  private double exactCost(float[] theta, int s, int valid) {
    int units = output.units();
    int z = atLogits(s);
    float[] derivative = Arrays.copyOfRange(logits, z, z + units * block);
    forward(theta, s);
    float[] single = new float[units];
    float[] target = new float[targetRows];
    Output function = layout.function();
    Outputs.Sum sum = new Outputs.Sum();
    Outputs.Sum one = new Outputs.Sum();
    for (int i = 0; i < valid; i++) {
      for (int unit = 0; unit < units; unit++) {
        single[unit] = logits[z + unit * block + i];
      }
      for (int row = 0; row < targetRows; row++) {
        target[row] = y[fromY + (s * targetRows + row) * block + i];
      }
      if (weighted) {
        Outputs.weightedDelta(function, 1, units, single, 0, target, 0, 1, single, 0, sum, one);
      } else {
        Outputs.delta(function, 1, units, single, 0, target, 0, 1, single, 0, sum);
      }
    }
    System.arraycopy(derivative, 0, logits, z, derivative.length);
    return sum.cost;
  }

  /** Logits without cost, derivative or miss for what is not a sample, with targets 0. */
  private void blank(int z, int valid) {
    boolean softmax = layout.function() == Output.SOFTMAX_CROSS_ENTROPY;
    for (int row = 0; row < output.units(); row++) {
      boolean zero = layout.function() == Output.IDENTITY_SQUARED_ERROR || (softmax && row == 0);
      int at = z + row * block;
      Arrays.fill(logits, at + valid, at + block, zero ? 0 : NEVER);
    }
  }

  /** From the derivative by a block's logits to those by all layers' z. */
  private void backward(float[] theta, int s) {
    int last = layers.length - 1;
    if (last > 0) {
      backward(theta, s, last);
    }
    for (int l = last - 1; l > 0; l--) {
      backward(theta, s, l);
    }
  }

  /** From the derivative by a layer's z to that by the z before. */
  private void backward(float[] theta, int s, int l) {
    Activation f = functions[l - 1];
    int rows = layers[l - 1].rows();
    int to = at(l - 1, s);
    float[] sums = biasSums[l - 1];
    if (isRow(l)) {
      int w = layers[l].weights();
      kernels.backward(f, theta, w, d[l], at(l, s), a[l - 1], to, rows, weightSums[l], sums);
    } else {
      int outputs = layers[l].rows();
      int zeros = rows * outputs;
      int units = layers[l].units();
      kernels.affine(
          transposed[l], 0, 4 * outputs, zeros, rows, d[l], at(l, s), units, d[l - 1], to);
      kernels.derivative(f, a[l - 1], to, d[l - 1], to, rows, sums);
    }
  }

  private void addGradients(int blocks, boolean begin) {
    input.addGradient(d[0], ALIGNMENT, blocks, begin);
    for (int l = 1; l < layers.length; l++) {
      addGradient(l, blocks);
    }
  }

  /** Adds {@code dZ Aᵀ} of a layer over the tile; a single row's was added on the way back. */
  private void addGradient(int l, int blocks) {
    if (!isRow(l)) {
      int rows = layers[l].rows();
      int inputs = layers[l - 1].rows();
      int strideD = rows * block;
      int strideX = inputs * block;
      float[] x = a[l - 1];
      kernels.outer(
          d[l], ALIGNMENT, strideD, rows, x, ALIGNMENT, strideX, inputs, blocks, weightSums[l]);
    }
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
    for (int l = 0; l < layers.length; l++) {
      TileLayer layer = layers[l];
      kernels.sumLanes(biasSums[l], layer.rows(), gradient, layer.biases());
      if (l > 0) {
        kernels.sumLanes(weightSums[l], layer.weightCount(), gradient, layer.weights());
      }
    }
    layout.clearPadding(gradient);
  }
}
