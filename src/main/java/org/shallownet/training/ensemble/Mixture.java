package org.shallownet.training.ensemble;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/** A weighted sum of networks' logits, as a model holds it: in as few networks as can be. */
public final class Mixture {
  private final Map<Kind, List<Weights>> networks = new LinkedHashMap<>();
  private final Map<Kind, List<Double>> factors = new LinkedHashMap<>();

  /**
   * Networks that can be made one.
   *
   * @param number 0, but tells those apart that can't
   */
  private record Kind(int inputs, List<Activation> activations, int number) {}

  /**
   * Adds a network.
   *
   * @param factor what its logits are multiplied by
   */
  public void add(Weights network, double factor) {
    NetworkSpec spec = network.spec();
    List<Activation> activations = spec.hidden().stream().map(layer -> layer.activation()).toList();
    int number = activations.size() > 1 ? networks.size() : 0;
    Kind kind = new Kind(spec.inputs(), activations, number);
    networks.computeIfAbsent(kind, any -> new ArrayList<>()).add(network);
    factors.computeIfAbsent(kind, any -> new ArrayList<>()).add(factor);
  }

  /**
   * The networks whose logits sum up to the weighted sum: those of one hidden layer stand side by
   * side where they have inputs and activation in common, linear ones are summed up, and of deeper
   * ones the output layer is multiplied.
   */
  public List<Weights> parts() {
    List<Weights> parts = new ArrayList<>();
    networks.forEach(
        (kind, some) -> {
          List<Double> own = factors.getOrDefault(kind, List.of());
          parts.add(kind.activations().size() == 1 ? WideNetwork.of(some, own) : sum(some, own));
        });
    return parts;
  }

  /** Of linear networks, or of one deeper. */
  private static Weights sum(List<Weights> networks, List<Double> factors) {
    NetworkSpec spec = networks.get(0).spec();
    int last = spec.layerCount();
    float[] values = networks.get(0).toArray();
    int outputs = spec.outputs();
    int units = spec.units(last - 1);
    for (int k = 0; k < outputs; k++) {
      double bias = 0;
      for (int n = 0; n < networks.size(); n++) {
        bias += factors.get(n) * networks.get(n).bias(last, k);
      }
      values[spec.biasOffset(last) + k] = (float) bias;
      for (int h = 0; h < units; h++) {
        double weight = 0;
        for (int n = 0; n < networks.size(); n++) {
          weight += factors.get(n) * networks.get(n).weight(last, k, h);
        }
        values[spec.weightsOffset(last) + k * units + h] = (float) weight;
      }
    }
    return Weights.of(spec, values);
  }
}
