package org.shallownet.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class WideNetworkTest {
  private static Weights network(int units, long seed) {
    NetworkSpec spec =
        NetworkSpec.of(5, Output.SOFTMAX_CROSS_ENTROPY, 3).withHidden(units, Activation.TANH);
    Random random = new Random(seed);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Weights.of(spec, values);
  }

  private static double[] logits(Weights network, double[] inputs) {
    double[] logits = new double[3];
    for (int k = 0; k < 3; k++) {
      logits[k] = network.bias(2, k);
      for (int h = 0; h < network.spec().units(1); h++) {
        double z = network.bias(1, h);
        for (int j = 0; j < 5; j++) {
          z += network.weight(1, h, j) * inputs[j];
        }
        logits[k] += network.weight(2, k, h) * Math.tanh(z);
      }
    }
    return logits;
  }

  @Test
  void itsLogitsAreTheWeightedSum() {
    List<Weights> networks = IntStream.range(0, 4).mapToObj(i -> network(3 + i, i)).toList();
    Weights wide = WideNetwork.of(networks, List.of(0.1, 0.2, 0.3, -0.4));
    assertThat(wide.spec().sizes()).isEqualTo("5-18-3");
    Random random = new Random(77);
    for (int row = 0; row < 20; row++) {
      double[] inputs = random.doubles(5, -2, 2).toArray();
      double[] found = logits(wide, inputs);
      for (int k = 0; k < 3; k++) {
        double sum = 0;
        for (int n = 0; n < 4; n++) {
          sum += List.of(0.1, 0.2, 0.3, -0.4).get(n) * logits(networks.get(n), inputs)[k];
        }
        assertThat(found[k]).isCloseTo(sum, within(1e-5));
      }
    }
  }

  @Test
  void oneNetworkWithTheFactorOneIsItself() {
    Weights network = network(6, 1);
    assertThat(WideNetwork.of(List.of(network), List.of(1.0))).isEqualTo(network);
  }
}
