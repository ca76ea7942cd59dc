package org.shallownet.training;

import java.util.List;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * The mean of several networks of one hidden layer, as one network: their hidden units stand side
 * by side, and the output layer sums all of them up.
 */
final class WideNetwork {
  private WideNetwork() {}

  /**
   * Joins networks.
   *
   * @param networks with the same inputs, outputs and activation
   * @param share what the sum of their logits' means is to count: the logits are {@code share /
   *     number × Σ logits}
   */
  static Weights of(List<Weights> networks, double share) {
    NetworkSpec first = networks.get(0).spec();
    HiddenLayer layer = first.hidden().get(0);
    int units = networks.stream().mapToInt(network -> network.spec().units(1)).sum();
    NetworkSpec spec =
        NetworkSpec.of(first.inputs(), first.output(), first.outputs())
            .withHidden(units, layer.activation());
    float[] values = new float[spec.parameterCount()];
    double[] biases = new double[first.outputs()];
    double factor = share / networks.size();
    int unit = 0;
    for (Weights network : networks) {
      int own = network.spec().units(1);
      float[] hidden = network.weights(1);
      System.arraycopy(
          hidden, 0, values, spec.weightsOffset(1) + unit * first.inputs(), hidden.length);
      System.arraycopy(network.biases(1), 0, values, spec.biasOffset(1) + unit, own);
      for (int k = 0; k < biases.length; k++) {
        for (int h = 0; h < own; h++) {
          values[spec.weightsOffset(2) + k * units + unit + h] =
              (float) (factor * network.weight(2, k, h));
        }
        biases[k] += factor * network.bias(2, k);
      }
      unit += own;
    }
    for (int k = 0; k < biases.length; k++) {
      values[spec.biasOffset(2) + k] = (float) biases[k];
    }
    return Weights.of(spec, values);
  }
}
