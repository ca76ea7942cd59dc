package org.shallownet.backend.cpu.tiled;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** From the logits of a tile's blocks to the derivatives by them, costs and hits. */
final class TileOutput {
  private static final int ALIGNMENT = BlockedSamples.ALIGNMENT;

  /** A logit whose sigmoid is 0, and that no exponential takes notice of. */
  private static final float NEVER = -1e30f;

  private final TileKernels kernels;
  private final Output function;
  private final int block;
  private final int units;
  private final int targetRows;
  private final boolean weighted;
  private final float[] logits;
  private final int logitFloats;
  private final float[] logitSums;
  private final float[] misses;
  private final ExponentialOutput exponential;

  /** For the last loss other than the output's own. */
  private @Nullable LossOutput lossOutput;

  private boolean ownLoss = true;

  /** The tile's targets, where they are not copied. */
  private final float[] gatheredY;

  private float[] y;
  private int fromY;

  /**
   * The output of passes for networks of one layout.
   *
   * @param logits blocks of them, which derivatives replace
   * @param logitSums what derivatives are added to, in lanes
   * @param tileBlocks blocks of a tile
   * @param weighted whether the samples are, their weights being one more row of the targets
   */
  TileOutput(
      TileLayout layout,
      TileKernels kernels,
      float[] logits,
      float[] logitSums,
      int tileBlocks,
      boolean weighted) {
    this.kernels = kernels;
    this.logits = logits;
    this.logitSums = logitSums;
    this.weighted = weighted;
    block = kernels.block();
    function = layout.function();
    units = layout.output().units();
    logitFloats = layout.output().rows() * block;
    targetRows = function.targetColumns(units) + (weighted ? 1 : 0);
    gatheredY = new float[ALIGNMENT + tileBlocks * block * targetRows];
    y = gatheredY;
    misses = new float[kernels.lanes()];
    exponential = new ExponentialOutput(block, kernels.lanes(), units, weighted);
  }

  private int atLogits(int s) {
    return ALIGNMENT + s * logitFloats;
  }

  /** Takes up what a sample costs. */
  void prepare(Loss loss) {
    ownLoss = loss instanceof Loss.Own;
    if (!ownLoss && (lossOutput == null || !lossOutput.loss().equals(loss))) {
      lossOutput = new LossOutput(loss, function, block, kernels.lanes(), units, weighted);
    }
  }

  /**
   * Takes up a tile's targets.
   *
   * @param firstBlock the number of its first block among the copies, if there are any
   */
  void load(TileRows samples, long firstBlock) {
    BlockedSamples.Copies copies = samples.copies();
    if (copies != null) {
      y = copies.targets().array(firstBlock);
      fromY = copies.targets().position(firstBlock);
    } else {
      y = gatheredY;
      fromY = ALIGNMENT;
      samples.targetBlocks(block, gatheredY, fromY);
    }
  }

  /** From a block's logits to the derivative of the cost. */
  void delta(SamplePass pass, float[] theta, int s, int valid, ChunkSums sums) {
    int z = atLogits(s);
    if (!ownLoss && lossOutput != null) {
      int atY = fromY + s * targetRows * block;
      lossOutput.delta(logits, z, y, atY, valid, logitSums, sums.outputs());
      return;
    }
    if (valid < block) {
      blank(z, valid);
    }
    if (function == Output.EXPONENTIAL_POISSON) {
      exponential.delta(
          logits, z, y, fromY + s * targetRows * block, valid, logitSums, sums.outputs());
      return;
    }
    if (weighted) {
      weightedDelta(pass, theta, s, valid, sums);
      return;
    }
    double cost =
        kernels.outputDelta(
            function, logits, z, units, y, fromY + s * targetRows * block, misses, logitSums);
    sums.outputs().cost += Double.isInfinite(cost) ? exactCost(pass, theta, s, valid) : cost;
  }

  private void weightedDelta(SamplePass pass, float[] theta, int s, int valid, ChunkSums sums) {
    double cost =
        kernels.weightedOutputDelta(
            function,
            logits,
            atLogits(s),
            units,
            y,
            fromY + s * targetRows * block,
            logitSums,
            sums.outputs());
    // What weighs nothing times what is infinite is not a number, though it costs nothing.
    sums.outputs().cost += Double.isFinite(cost) ? cost : exactCost(pass, theta, s, valid);
  }

  /** A block's cost where that is more than a float holds, from its logits in double. */
  private double exactCost(SamplePass pass, float[] theta, int s, int valid) {
    int z = atLogits(s);
    float[] derivative = Arrays.copyOfRange(logits, z, z + units * block);
    pass.forward(theta, s);
    float[] single = new float[units];
    float[] target = new float[targetRows];
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
    boolean softmax = function == Output.SOFTMAX_CROSS_ENTROPY;
    for (int row = 0; row < units; row++) {
      boolean zero = function == Output.IDENTITY_SQUARED_ERROR || (softmax && row == 0);
      int at = z + row * block;
      Arrays.fill(logits, at + valid, at + block, zero ? 0 : NEVER);
    }
  }

  /** Adds the hits and the number of a tile's samples, unless weights have said them. */
  void addHits(int count, ChunkSums sums) {
    if (weighted || !ownLoss || function == Output.EXPONENTIAL_POISSON) {
      return;
    }
    sums.outputs().weight += count;
    double missed = 0;
    for (float lane : misses) {
      missed += lane;
    }
    // A number has no hits.
    boolean classes = function != Output.IDENTITY_SQUARED_ERROR;
    sums.outputs().hits += classes ? count - (long) missed : 0;
    Arrays.fill(misses, 0);
  }
}
