package org.shallownet.training.ensemble;

import org.shallownet.network.Output;

/** The cost of logits in double, as an {@link Output} defines it. */
public final class LogitCost {
  private final Output output;
  private final int outputs;

  public LogitCost(Output output, int outputs) {
    this.output = output;
    this.outputs = outputs;
  }

  /**
   * The cost of one sample.
   *
   * @param logits its logits from {@code offset} on
   * @param targets as the output wants them, from {@code at} on: a class for softmax, else a number
   *     for each output
   */
  double of(double[] logits, int offset, float[] targets, int at) {
    double cost = 0;
    switch (output) {
      case SIGMOID_CROSS_ENTROPY -> {
        for (int k = 0; k < outputs; k++) {
          double z = logits[offset + k];
          cost += Math.max(z, 0) - z * targets[at + k] + Math.log1p(Math.exp(-Math.abs(z)));
        }
      }
      case SOFTMAX_CROSS_ENTROPY -> {
        double largest = logits[offset];
        for (int k = 1; k < outputs; k++) {
          largest = Math.max(largest, logits[offset + k]);
        }
        double sum = 0;
        for (int k = 0; k < outputs; k++) {
          sum += Math.exp(logits[offset + k] - largest);
        }
        cost = Math.log(sum) + largest - logits[offset + (int) targets[at]];
      }
      case EXPONENTIAL_POISSON -> {
        for (int k = 0; k < outputs; k++) {
          double z = logits[offset + k];
          cost += Math.exp(z) - targets[at + k] * z;
        }
      }
      case IDENTITY_SQUARED_ERROR -> {
        for (int k = 0; k < outputs; k++) {
          double error = logits[offset + k] - targets[at + k];
          cost += 0.5 * error * error;
        }
      }
    }
    return cost;
  }
}
