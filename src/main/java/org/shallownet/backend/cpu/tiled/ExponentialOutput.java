package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.Outputs;

/**
 * An exponential output with Poisson's cost, block by block: in plain loops and in double, since a
 * float holds e^z only up to 88, and sums of costs of both signs lose digits.
 */
final class ExponentialOutput {
  private final int block;
  private final int lanes;
  private final int units;
  private final boolean weighted;

  /**
   * The output of so many units.
   *
   * @param block samples of a block
   * @param lanes into which sums are spread
   * @param weighted whether a row of weights follows the targets
   */
  ExponentialOutput(int block, int lanes, int units, boolean weighted) {
    this.block = block;
    this.lanes = lanes;
    this.units = units;
    this.weighted = weighted;
  }

  /**
   * {@code z = w (e^z - y)} for one block; costs, halves of squared errors (as hits) and weights
   * are added to the sum.
   *
   * @param z a row for each unit; what lies behind the valid samples becomes 0
   * @param y as many rows of targets, and with weights theirs
   * @param valid how many samples of the block there are
   * @param logitSums {@code units · lanes} floats to which z is added
   */
  void delta(
      float[] z, int from, float[] y, int fromY, int valid, float[] logitSums, Outputs.Sum sum) {
    for (int unit = 0; unit < units; unit++) {
      int atZ = from + unit * block;
      int atY = fromY + unit * block;
      for (int i = 0; i < block; i++) {
        float slope = i < valid ? slope(z[atZ + i], y[atY + i], weight(y, fromY, i), sum) : 0;
        z[atZ + i] = slope;
        logitSums[unit * lanes + i % lanes] += slope;
      }
    }
    for (int i = 0; i < valid; i++) {
      sum.weight += weight(y, fromY, i);
    }
  }

  private double weight(float[] y, int fromY, int i) {
    return weighted ? y[fromY + units * block + i] : 1;
  }

  private static float slope(double logit, double target, double weight, Outputs.Sum sum) {
    if (weight == 0) {
      // Its exponential may be infinite, and nothing of it counts.
      return 0;
    }
    double a = Math.exp(logit);
    double d = a - target;
    sum.cost += weight * (a - target * logit);
    sum.hits += weight * d * d / 2;
    return (float) (weight * d);
  }
}
