package org.shallownet.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class MixtureTest {
  private static final NetworkSpec LINEAR = NetworkSpec.of(4, Output.SOFTMAX_CROSS_ENTROPY, 3);

  private static Weights network(NetworkSpec spec, long seed) {
    Random random = new Random(seed);
    float[] values = new float[spec.parameterCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Weights.of(spec, values);
  }

  private static double[] logits(Weights network, double[] inputs) {
    double[] values = inputs;
    int layers = network.spec().layerCount();
    for (int l = 1; l <= layers; l++) {
      double[] next = new double[network.spec().units(l)];
      for (int j = 0; j < next.length; j++) {
        next[j] = network.bias(l, j);
        for (int i = 0; i < values.length; i++) {
          next[j] += network.weight(l, j, i) * values[i];
        }
        if (l < layers) {
          boolean tanh = network.spec().hidden().get(l - 1).activation() == Activation.TANH;
          next[j] = tanh ? Math.tanh(next[j]) : Math.max(0, next[j]);
        }
      }
      values = next;
    }
    return values;
  }

  @Test
  void isTheWeightedSumInAsFewNetworksAsCanBe() {
    List<Weights> networks =
        List.of(
            network(LINEAR.withHidden(3, Activation.TANH), 1),
            network(LINEAR, 2),
            network(LINEAR.withHidden(5, Activation.RELU), 3),
            network(LINEAR.withHidden(6, Activation.TANH).withHidden(2, Activation.TANH), 4),
            network(LINEAR.withHidden(7, Activation.TANH), 5),
            network(LINEAR, 6),
            network(LINEAR.withHidden(6, Activation.TANH).withHidden(2, Activation.TANH), 7));
    Mixture mixture = new Mixture();
    for (int n = 0; n < networks.size(); n++) {
      mixture.add(networks.get(n), 0.1 * (n + 1));
    }
    List<Weights> parts = mixture.parts();
    assertThat(parts)
        .extracting(part -> part.spec().sizes())
        .containsExactly("4-10-3", "4-3", "4-5-3", "4-6-2-3", "4-6-2-3");
    Random random = new Random(9);
    for (int row = 0; row < 10; row++) {
      double[] inputs = random.doubles(4, -2, 2).toArray();
      for (int k = 0; k < 3; k++) {
        double sum = 0;
        for (int n = 0; n < networks.size(); n++) {
          sum += 0.1 * (n + 1) * logits(networks.get(n), inputs)[k];
        }
        double found = 0;
        for (Weights part : parts) {
          found += logits(part, inputs)[k];
        }
        assertThat(found).isCloseTo(sum, within(1e-5));
      }
    }
  }
}
