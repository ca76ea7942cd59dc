package org.shallownet.training.comparison;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.training.TrainingSettings;

/**
 * One of the networks that a {@link Comparison} compares, whatever the seed.
 *
 * @param network its shape
 * @param optimizer how it learns
 * @param l2 λ: the cost grows by {@code λ/2 Σ w²} over the weights; 0 for none
 */
public record Candidate(NetworkSpec network, Optimizer optimizer, double l2) {
  /** Checks that nothing is missing. */
  public Candidate {
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(optimizer, "optimizer");
  }

  /**
   * Every combination, with the activations in the inner loop. A network without hidden layers has
   * no activation and is listed once.
   *
   * @param network without hidden layers, as {@link org.shallownet.data.Dataset#network} gives it
   * @param hidden the units of each hidden layer; an empty list is logistic or linear regression
   * @param activations of the hidden units
   * @param optimizers such as Adam with different learning rates
   * @param l2 of all of them
   */
  public static List<Candidate> grid(
      NetworkSpec network,
      List<List<Integer>> hidden,
      List<Activation> activations,
      List<Optimizer> optimizers,
      double l2) {
    Set<Candidate> candidates = new LinkedHashSet<>();
    for (Optimizer optimizer : optimizers) {
      for (List<Integer> layers : hidden) {
        for (Activation activation : activations) {
          NetworkSpec spec = network;
          for (int units : layers) {
            spec = spec.withHidden(units, activation);
          }
          candidates.add(new Candidate(spec, optimizer, l2));
        }
      }
    }
    return new ArrayList<>(candidates);
  }

  /** Whether it can only draw straight lines: no hidden layer, or none with a bent activation. */
  public boolean isLinear() {
    return network.hidden().stream().allMatch(layer -> layer.activation() == Activation.IDENTITY);
  }

  /** The settings of one of its networks, given what all candidates have in common. */
  public TrainingSettings settings(TrainingSettings common, long seed) {
    return common.withOptimizer(optimizer).withL2(l2).withSeed(seed);
  }
}
