package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Dropout;
import org.shallownet.network.Loss;

/**
 * Sends samples through a network and back, tile by tile, while a tile is in the cache: for each
 * layer {@code Z[l] = W[l] A[l-1] + b[l]}, {@code A[l] = f(Z[l])}; {@code dZ[L] = Ŷ - Y}; for each
 * layer on the way back {@code dZ[l-1] = W[l]ᵀ dZ[l] ∘ f′}, {@code dW[l] = dZ[l] A[l-1]ᵀ}.
 *
 * <p>It holds what one thread needs for that, whatever the number of samples is.
 */
final class TilePass implements SamplePass {
  private static final int ALIGNMENT = BlockedSamples.ALIGNMENT;

  private final TileLayout layout;
  private final TileKernels kernels;
  private final TileInput input;
  private final int block;
  private final int lanes;
  private final TileLayer[] layers;
  private final Activation[] functions;

  /** For each layer the floats of a block. */
  private final int[] blockFloats;

  /** For each layer the tile's z, which its activations replace; of the last one its logits. */
  private final float[][] a;

  /**
   * For each layer the derivatives by its z: in place where nothing needs the activations again.
   */
  private final float[][] d;

  // Of the last layer once more: these are asked for with every block.
  private final float[] logits;
  private final int logitFloats;

  // Sums of a chunk, layer by layer, in lanes. The input keeps those of the first layer's weights.
  private final float[][] weightSums;
  private final float[][] biasSums;
  private final TileOutput output;

  // With dropout, for each layer but the last one: what is left of activations, what these are
  // multiplied by, where they lie, and sums that nobody reads.
  private float[][] kept = {};
  private float[][] masks = {};
  private TileDropout.Units[] hiddenUnits = {};
  private float[] unread = {};
  private final int[] words = new int[Dropout.WORDS];
  private @Nullable TileDropout dropout;

  /** The place in the batch of the tile's first sample. */
  private long place;

  /**
   * For each layer that has several rows, but for the first, {@code Wᵀ} packed, and zero biases.
   */
  private final float[][] transposed;

  /**
   * A pass for networks of one layout.
   *
   * @param tileBlocks blocks of a tile
   * @param weighted whether the samples are
   */
  private TilePass(
      TileLayout layout, TileKernels kernels, TileInput input, int tileBlocks, boolean weighted) {
    this.layout = layout;
    this.kernels = kernels;
    this.input = input;
    block = kernels.block();
    lanes = kernels.lanes();
    layers = layout.layers().toArray(new TileLayer[0]);
    functions = layout.hidden().toArray(new Activation[0]);
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
    logits = a[count - 1];
    output = new TileOutput(layout, kernels, logits, biasSums[count - 1], tileBlocks, weighted);
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
  static SamplePass of(
      TileLayout layout, TileDesign design, TileKernels kernels, boolean weighted) {
    TileLayer first = layout.layers().get(0);
    if (design.byRows()) {
      return new RowPass(layout, kernels, (RowKernels) kernels, weighted);
    }
    int blocks = design.tileBlocks();
    TileInput input =
        design.openBlas()
            ? new BlasInput(first, design.block())
            : new BlockedInput(kernels, first, blocks);
    return new TilePass(layout, kernels, input, blocks, weighted);
  }

  @Override
  public void reserveDropout() {
    int count = layers.length - 1;
    if (kept.length == count) {
      return;
    }
    kept = new float[count][];
    masks = new float[count][];
    hiddenUnits = new TileDropout.Units[count];
    int most = 0;
    for (int l = 0; l < count; l++) {
      kept[l] = new float[a[l].length];
      masks[l] = new float[a[l].length];
      hiddenUnits[l] = new TileDropout.Units(l + 1, layers[l].units(), block, 1);
      most = Math.max(most, layers[l].rows());
    }
    unread = new float[lanes * TileLayer.padded(most)];
  }

  @Override
  public void prepare(float[] theta, Loss loss, @Nullable TileDropout newDropout) {
    dropout = newDropout;
    output.prepare(loss);
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

  @Override
  public void gradient(
      float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums) {
    sums.outputs().clear();
    for (int l = 0; l < layers.length; l++) {
      Arrays.fill(biasSums[l], 0);
      Arrays.fill(weightSums[l], 0);
    }
    for (long at = start; at < end; at += tile) {
      int count = (int) Math.min(tile, end - at);
      load(samples, at, count);
      int blocks = (count + block - 1) / block;
      for (int s = 0; s < blocks; s++) {
        forward(theta, s);
        output.delta(this, theta, s, Math.min(block, count - s * block), sums);
        backward(theta, s);
      }
      addGradients(blocks, at == start);
      output.addHits(count, sums);
    }
    finish(sums.gradient());
  }

  @Override
  public void evaluate(
      float[] theta, TileRows samples, long start, long end, int tile, ChunkSums sums) {
    sums.outputs().clear();
    for (long at = start; at < end; at += tile) {
      int count = (int) Math.min(tile, end - at);
      load(samples, at, count);
      for (int s = 0; s * block < count; s++) {
        forward(theta, s);
        output.delta(this, theta, s, Math.min(block, count - s * block), sums);
      }
      output.addHits(count, sums);
    }
  }

  private void load(TileRows samples, long at, int count) {
    samples.seek(at, count);
    place = samples.place();
    input.load(samples);
    output.load(samples, at / block);
  }

  @Override
  public void forward(float[] theta, int s) {
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
    if (dropout != null) {
      x = dropOut(dropout, l - 1, s);
    }
    int w = layer.weights();
    int b = layer.biases();
    int z = at(l, s);
    if (layer.form() == TileLayer.Form.ROW) {
      kernels.dot(theta, w, b, x, from, layer.inputs(), a[l], z);
    } else {
      kernels.affine(theta, w, layer.stride(), b, layer.rows(), x, from, layer.inputs(), a[l], z);
    }
  }

  /** Leaves activations of a block out, and gives the others. */
  private float[] dropOut(TileDropout dropping, int l, int s) {
    int from = at(l, s);
    // Also of what is not a sample, whose derivatives are 0.
    dropping.masks(place + (long) s * block, block, hiddenUnits[l], words, masks[l], from);
    TileDropout.multiply(a[l], masks[l], from, blockFloats[l], kept[l]);
    return kept[l];
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
    float[] sums = dropout == null ? biasSums[l - 1] : unread;
    if (isRow(l)) {
      int w = layers[l].weights();
      float[] weights = dropout == null ? weightSums[l] : unread;
      kernels.backward(f, theta, w, d[l], at(l, s), a[l - 1], to, rows, weights, sums);
    } else {
      int outputs = layers[l].rows();
      int zeros = rows * outputs;
      int units = layers[l].units();
      kernels.affine(
          transposed[l], 0, 4 * outputs, zeros, rows, d[l], at(l, s), units, d[l - 1], to);
      kernels.derivative(f, a[l - 1], to, d[l - 1], to, rows, sums);
    }
    if (dropout != null) {
      backwardKept(s, l);
    }
  }

  /** What dropout changes of the way back through a layer, once all else is done. */
  private void backwardKept(int s, int l) {
    int from = at(l - 1, s);
    int rows = layers[l - 1].rows();
    if (isRow(l)) {
      int stride = blockFloats[l - 1];
      kernels.dotGradient(
          d[l], at(l, s), block, kept[l - 1], from, stride, layers[l].inputs(), 1, weightSums[l]);
    }
    float[] by = d[l - 1];
    TileDropout.multiply(by, masks[l - 1], from, blockFloats[l - 1], by);
    float[] sums = biasSums[l - 1];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < block; i++) {
        sums[row * lanes + i % lanes] += by[from + row * block + i];
      }
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
      float[] x = dropout == null ? a[l - 1] : kept[l - 1];
      kernels.outer(
          d[l], ALIGNMENT, strideD, rows, x, ALIGNMENT, strideX, inputs, blocks, weightSums[l]);
    }
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
