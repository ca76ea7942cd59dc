package org.shallownet.training.ensemble;

import java.util.List;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * A weighted sum of several networks of one hidden layer, as one network: their hidden units stand
 * side by side, and the output layer sums all of them up.
 */
final class WideNetwork {
  private WideNetwork() {}

  /**
   * Joins networks.
   *
   * @param networks with the same inputs, outputs and activation
   * @param factors what the logits of each are multiplied by
   */
  static Weights of(List<Weights> networks, List<Double> factors) {
    NetworkSpec first = networks.get(0).spec();
    HiddenLayer layer = first.hidden().get(0);
    int units = networks.stream().mapToInt(network -> network.spec().units(1)).sum();
    NetworkSpec spec =
        NetworkSpec.of(first.inputs(), first.output(), first.outputs())
            .withHidden(units, layer.activation());
    float[] values = new float[spec.parameterCount()];
    double[] biases = new double[first.outputs()];
    int unit = 0;
    for (int n = 0; n < networks.size(); n++) {
      Weights network = networks.get(n);
      double factor = factors.get(n);
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
