package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.Outputs;
import org.shallownet.network.Output;

/**
 * An exponential output with Poisson's cost, block by block: in plain loops and in double, since a
 * float holds e^z only up to 88, and sums of costs of both signs lose digits.
 */
final class ExponentialOutput {
  /**
   * What derivatives of samples without weights are divided by, until their sum is: their mean may
   * be a float where they are not. A power of 2 costs no digits.
   */
  private static final double WHOLE = 0x1p32;

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
   * {@code z = w (e^z - y)} for one block, divided by {@link #whole}; costs, halves of squared
   * errors (as hits) and weights are added to the sum.
   *
   * @param z a row for each unit; what lies behind the valid samples becomes 0
   * @param y as many rows of targets, and with weights theirs
   * @param valid how many samples of the block there are
   * @param logitSums {@code units · lanes} floats to which z is added
   */
  void delta(
      float[] z, int from, float[] y, int fromY, int valid, float[] logitSums, Outputs.Sum sum) {
    double part = 1 / whole(Output.EXPONENTIAL_POISSON, weighted);
    for (int unit = 0; unit < units; unit++) {
      int atZ = from + unit * block;
      int atY = fromY + unit * block;
      for (int i = 0; i < block; i++) {
        float slope = i < valid ? slope(z[atZ + i], y[atY + i], weight(y, fromY, i), part, sum) : 0;
        z[atZ + i] = slope;
        logitSums[unit * lanes + i % lanes] += slope;
      }
    }
    for (int i = 0; i < valid; i++) {
      sum.weight += weight(y, fromY, i);
    }
  }

  /** What sums of an output's derivatives are multiplied by to be whole. */
  static double whole(Output function, boolean weighted) {
    // A weighted one has its weight at once.
    return function == Output.EXPONENTIAL_POISSON && !weighted ? WHOLE : 1;
  }

  private double weight(float[] y, int fromY, int i) {
    return weighted ? y[fromY + units * block + i] : 1;
  }

  private static float slope(
      double logit, double target, double weight, double part, Outputs.Sum sum) {
    if (weight == 0) {
      // Its exponential may be infinite, and nothing of it counts.
      return 0;
    }
    double a = Math.exp(logit);
    double d = a - target;
    sum.cost += weight * (a - target * logit);
    sum.hits += weight * d * d / 2;
    return (float) (weight * part * d);
  }
}
