package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.network.Activation;
import org.shallownet.network.Dropout;
import org.shallownet.network.Loss;

/**
 * Sends samples through a network of one hidden layer and back row by row, by vectors of units:
 * {@code Z = X W[1]ᵀ + b[1]}, {@code A = f(Z)}, logits {@code A W[2]ᵀ + b[2]}; {@code dZ = (D W[2])
 * ∘ f′}, {@code dW[2] = Dᵀ A}, {@code dW[1] = dZᵀ X}.
 *
 * <p>For mini-batches: sums of gradients are complete when the samples are through, where {@link
 * TilePass} leaves a vector's lanes for each weight, and no place in a block is left empty.
 */
final class RowPass implements SamplePass {
  private static final int ALIGNMENT = BlockedSamples.ALIGNMENT;

  private final TileKernels kernels;
  private final RowKernels rowKernels;
  private final TileLayout layout;
  private final int block;
  private final int inputs;
  private final int paddedInputs;
  private final int units;
  private final int outputs;
  private final Activation function;
  private final TileOutput output;

  /** The weights, and sums of gradients by them, in the order of the layout. */
  private final float[] theta;

  private final float[] sums;

  // Of a tile: inputs, activations and derivatives by z row by row, logits as a block.
  private final float[] x;
  private final float[] a;
  private final float[] d;
  private final float[] logits;

  private final float[] logitSums;

  /** The sum of the derivatives by z, and three rows of zeros. */
  private final float[] biasSums;

  /** What sums of derivatives over samples in other kernels are left in, and not read. */
  private final float[] unread;

  private final RowProduct hidden;
  private final RowDots toLogits;
  private final RowProduct back;
  private final RowProduct firstGradient;
  private final RowProduct biasGradient;
  private final RowProduct secondGradient;

  // With dropout: what is left of activations, what these are multiplied by, products of them.
  private float[] kept = {};
  private float[] masks = {};
  private final TileDropout.Units hiddenUnits;
  private final int[] words = new int[Dropout.WORDS];
  private final ArrayRange tileLogits;
  private final ArrayRange w2;
  private final ArrayRange b2;
  private final ArrayRange sums2;
  private RowDots keptToLogits;
  private RowProduct keptGradient;
  private @Nullable TileDropout dropout;

  private int count;

  /** The place in the batch of the tile's first sample. */
  private long place;

  /** A pass for networks of one layout. */
  RowPass(TileLayout layout, TileKernels kernels, RowKernels rowKernels, boolean weighted) {
    this.layout = layout;
    this.kernels = kernels;
    this.rowKernels = rowKernels;
    TileLayer first = layout.layers().get(0);
    TileLayer last = layout.output();
    block = kernels.block();
    inputs = first.inputs();
    paddedInputs = TileLayer.padded(inputs);
    units = first.rows();
    outputs = last.units();
    function = layout.hidden().get(0);
    theta = new float[layout.size()];
    sums = new float[layout.size()];
    x = new float[block * paddedInputs];
    a = new float[block * units];
    d = new float[block * units];
    logits = new float[ALIGNMENT + last.rows() * block];
    logitSums = new float[last.rows() * kernels.lanes()];
    biasSums = new float[RowKernels.ROWS * units];
    unread = new float[units * kernels.lanes()];
    output = new TileOutput(layout, kernels, logits, logitSums, 1, weighted);
    ArrayRange zeros = new ArrayRange(new float[units], 0);
    ArrayRange none = new ArrayRange(biasSums, 0);
    ArrayRange tileX = new ArrayRange(x, 0);
    ArrayRange tileA = new ArrayRange(a, 0);
    ArrayRange tileD = new ArrayRange(d, 0);
    tileLogits = new ArrayRange(logits, ALIGNMENT);
    ArrayRange w1 = new ArrayRange(theta, first.weights());
    ArrayRange b1 = new ArrayRange(theta, first.biases());
    w2 = new ArrayRange(theta, last.weights());
    b2 = new ArrayRange(theta, last.biases());
    ArrayRange sums1 = new ArrayRange(sums, first.weights());
    sums2 = new ArrayRange(sums, last.weights());
    ArrayRange one = new ArrayRange(new float[] {1, 0, 0, 0}, 0);
    hidden = new RowProduct(units, tileX, paddedInputs, 1, w1, b1, 0, tileA);
    toLogits = new RowDots(units, tileA, w2, b2, tileLogits, block);
    back = new RowProduct(units, tileLogits, 1, block, w2, zeros, 0, tileD);
    firstGradient = new RowProduct(units, tileX, 1, paddedInputs, tileD, sums1, units, sums1);
    biasGradient = new RowProduct(units, one, 1, 0, tileD, none, units, none);
    secondGradient = new RowProduct(units, tileLogits, block, 1, tileA, sums2, units, sums2);
    keptToLogits = toLogits;
    keptGradient = secondGradient;
    hiddenUnits = new TileDropout.Units(1, first.units(), 1, units);
  }

  @Override
  public void reserveDropout() {
    if (kept.length > 0) {
      return;
    }
    kept = new float[a.length];
    masks = new float[a.length];
    ArrayRange tileKept = new ArrayRange(kept, 0);
    keptToLogits = new RowDots(units, tileKept, w2, b2, tileLogits, block);
    keptGradient = new RowProduct(units, tileLogits, block, 1, tileKept, sums2, units, sums2);
  }

  @Override
  public void prepare(float[] newTheta, Loss loss, @Nullable TileDropout newDropout) {
    dropout = newDropout;
    output.prepare(loss);
    System.arraycopy(newTheta, 0, theta, 0, theta.length);
  }

  @Override
  public void gradient(
      float[] weights, TileRows samples, long start, long end, int tile, ChunkSums to) {
    to.outputs().clear();
    Arrays.fill(sums, 0);
    Arrays.fill(biasSums, 0);
    Arrays.fill(logitSums, 0);
    for (long at = start; at < end; at += tile) {
      load(samples, at, (int) Math.min(tile, end - at));
      forward(weights, 0);
      output.delta(this, weights, 0, count, to);
      backward();
      output.addHits(count, to);
    }
    finish(to.gradient());
  }

  @Override
  public void evaluate(
      float[] weights, TileRows samples, long start, long end, int tile, ChunkSums to) {
    to.outputs().clear();
    for (long at = start; at < end; at += tile) {
      load(samples, at, (int) Math.min(tile, end - at));
      forward(weights, 0);
      output.delta(this, weights, 0, count, to);
      output.addHits(count, to);
    }
  }

  private void load(TileRows samples, long at, int newCount) {
    count = newCount;
    samples.seek(at, count);
    place = samples.place();
    samples.featureRows(x, paddedInputs);
    output.load(samples, at / block);
  }

  @Override
  public void forward(float[] weights, int number) {
    rowKernels.multiply(hidden, TileLayer.padded(count), inputs);
    kernels.activate(function, a, 0, TileLayer.padded(count) * units / block);
    if (dropout != null) {
      dropout.masks(place, count, hiddenUnits, words, masks, 0);
      TileDropout.multiply(a, masks, 0, count * units, kept);
    }
    rowKernels.dots(dropout == null ? toLogits : keptToLogits, outputs, count);
  }

  private void backward() {
    int rows = TileLayer.padded(count);
    rowKernels.multiply(dropout == null ? secondGradient : keptGradient, outputs, count);
    rowKernels.multiply(back, rows, outputs);
    kernels.derivative(function, a, 0, d, 0, rows * units / block, unread);
    if (dropout != null) {
      TileDropout.multiply(d, masks, 0, count * units, d);
    }
    rowKernels.multiply(firstGradient, paddedInputs, count);
    rowKernels.multiply(biasGradient, 1, count);
  }

  private void finish(float[] gradient) {
    TileLayer first = layout.layers().get(0);
    System.arraycopy(biasSums, 0, sums, first.biases(), units);
    System.arraycopy(sums, 0, gradient, 0, sums.length);
    kernels.sumLanes(logitSums, outputs, gradient, layout.output().biases());
    layout.clearPadding(gradient);
  }
}
