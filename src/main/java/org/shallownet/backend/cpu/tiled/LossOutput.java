package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.backend.cpu.primitives.Losses;
import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** An output with another loss than its own, sample by sample and in double. */
final class LossOutput {
  private final Loss loss;
  private final int block;
  private final int lanes;
  private final Losses losses;
  private final float[] logits;
  private final float[] target;
  private final ArrayRange logitsRow;
  private final ArrayRange targetRow;

  /**
   * The output of so many units.
   *
   * @param block samples of a block
   * @param lanes into which sums are spread
   * @param weighted whether a row of weights follows the targets
   */
  LossOutput(Loss loss, Output output, int block, int lanes, int units, boolean weighted) {
    this.loss = loss;
    this.block = block;
    this.lanes = lanes;
    losses = new Losses(loss, output, units, weighted, 1);
    logits = new float[units];
    target = new float[output.targetColumns(units) + (weighted ? 1 : 0)];
    logitsRow = new ArrayRange(logits, 0);
    targetRow = new ArrayRange(target, 0);
  }

  /** What a sample costs. */
  Loss loss() {
    return loss;
  }

  /**
   * The derivative of the cost by z, in its place, for one block; costs, hits and weights are added
   * to the sum.
   *
   * @param z a row for each unit; what lies behind the valid samples becomes 0
   * @param y as many rows of targets as the output wants, and with weights theirs
   * @param valid how many samples of the block there are
   * @param logitSums {@code units · lanes} floats to which z is added
   */
  void delta(
      float[] z, int from, float[] y, int fromY, int valid, float[] logitSums, Outputs.Sum sum) {
    losses.clear();
    for (int i = 0; i < block; i++) {
      if (i < valid) {
        take(z, from + i, logits);
        take(y, fromY + i, target);
        losses.rows(1, logitsRow, targetRow, logitsRow);
      }
      for (int unit = 0; unit < logits.length; unit++) {
        float slope = i < valid ? logits[unit] : 0;
        z[from + unit * block + i] = slope;
        logitSums[unit * lanes + i % lanes] += slope;
      }
    }
    losses.addTo(sum);
  }

  private void take(float[] rows, int at, float[] to) {
    for (int row = 0; row < to.length; row++) {
      to[row] = rows[at + row * block];
    }
  }
}
