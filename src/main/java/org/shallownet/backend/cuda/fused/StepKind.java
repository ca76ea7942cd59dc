package org.shallownet.backend.cuda.fused;

import org.shallownet.backend.ModelPlan;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;

/**
 * What steps are beyond plain gradient descent, momentum or Adam.
 *
 * @param front whether a factor is learned for each input
 * @param refined whether gradients are clipped, or L1, a rate that changes or Nesterov's momentum
 *     has a say
 */
record StepKind(boolean front, boolean refined) {
  /** What a model asks for. */
  static StepKind of(ModelPlan model) {
    Refinements refinements = model.refinements();
    boolean refined =
        refinements.changesRate()
            || refinements.clipNorm() > 0
            || refinements.l1() > 0
            || model.optimizer() instanceof Optimizer.Nesterov;
    return new StepKind(model.hasFrontScale(), refined);
  }
}
