package org.shallownet.backend.layered;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.DivideByWeight;
import org.shallownet.backend.device.SumOperation.SumRows;

/**
 * The sums of the weights of the batches under way, on the device: gradients that were summed over
 * weighted samples are divided by them. Without weights it does nothing.
 */
final class SampleWeightSums {
  private final Backend backend;

  /** By the seed of the batches' order, a row whose last number is the sum of the weights. */
  private final Map<Long, Matrix> sums = new HashMap<>();

  SampleWeightSums(Backend backend, Scope scope, TrainingPlan plan) {
    this.backend = backend;
    if (plan.samples().weighted()) {
      for (ModelPlan model : plan.models()) {
        sums.computeIfAbsent(
            plan.orderSeed(model),
            seed -> backend.allocate(scope, 1, plan.samples().targetColumns()));
      }
    }
  }

  /** How many floats they take. */
  static long floats(TrainingPlan plan) {
    return plan.samples().weighted()
        ? plan.models().stream().mapToLong(plan::orderSeed).distinct().count()
            * plan.samples().targetColumns()
        : 0;
  }

  /**
   * Adds the weights of a part of a batch.
   *
   * @param targets of that part
   * @param first whether the batch begins with it
   */
  void add(long seed, Matrix targets, boolean first) {
    Matrix sum = sums.get(seed);
    if (sum != null) {
      backend.run(new SumRows(targets, first ? 0 : 1, sum));
    }
  }

  /** Divides what was summed over the batch; null without weights. */
  @Nullable DivideByWeight divide(long seed, Matrix gradient) {
    Matrix sum = sums.get(seed);
    return sum == null ? null : new DivideByWeight(sum, gradient);
  }
}
