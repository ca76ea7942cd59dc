package org.shallownet.backend;

import java.util.Objects;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/**
 * One network of a {@link TrainingPlan}.
 *
 * @param initial where it starts
 * @param optimizer how it learns
 * @param l2 λ: the cost grows by {@code λ/2 Σ w²} over all weights but not the biases; 0 for none
 * @param seed decides, with the epoch, the order of the samples in mini-batches
 */
public record ModelPlan(Weights initial, Optimizer optimizer, double l2, long seed) {
  /** Checks λ. */
  public ModelPlan {
    Objects.requireNonNull(initial, "initial");
    Objects.requireNonNull(optimizer, "optimizer");
    if (!(l2 >= 0) || !Float.isFinite((float) l2)) {
      throw new IllegalArgumentException(
          "the strength of L2 must be 0 or a positive number that fits float32, not " + l2);
    }
  }

  /** The network's shape. */
  public NetworkSpec spec() {
    return initial.spec();
  }
}
