package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Operation.AdamStep;
import org.shallownet.backend.device.Operation.GradientDescentStep;
import org.shallownet.backend.device.Operation.MomentumStep;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/** Takes steps down the gradient and keeps what the optimizer remembers between them. */
final class OptimizerSteps {
  private final Backend backend;
  private final Optimizer settings;
  private final @Nullable Matrix decay;
  private final List<Matrix> state = new ArrayList<>();
  private final Counter steps;

  /**
   * The state of a model's optimizer.
   *
   * @param steps how many steps were taken
   */
  OptimizerSteps(Backend backend, Scope scope, ModelPlan plan, Counter steps) {
    this.backend = backend;
    this.settings = plan.optimizer();
    this.steps = steps;
    this.decay = plan.l2() > 0 ? decay(backend, scope, plan).flat() : null;
    for (int i = 0; i < moments(settings); i++) {
      state.add(new Parameters(backend, scope, plan.spec()).flat());
    }
  }

  /**
   * The state of an optimizer of one row of numbers, without L2.
   *
   * @param steps how many steps were taken
   */
  OptimizerSteps(Backend backend, Scope scope, Optimizer settings, int columns, Counter steps) {
    this.backend = backend;
    this.settings = settings;
    this.steps = steps;
    this.decay = null;
    for (int i = 0; i < moments(settings); i++) {
      state.add(backend.allocate(scope, 1, columns));
    }
  }

  /** How many values are kept for each parameter. */
  static int copies(ModelPlan plan) {
    return moments(plan.optimizer()) + (plan.l2() > 0 ? 1 : 0);
  }

  /** How many values are kept for each number of a row. */
  static int moments(Optimizer settings) {
    return settings instanceof Optimizer.Adam ? 2 : settings instanceof Optimizer.Momentum ? 1 : 0;
  }

  /** λ for every weight, 0 for every bias. */
  private static Parameters decay(Backend backend, Scope scope, ModelPlan plan) {
    NetworkSpec spec = plan.spec();
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= spec.layerCount(); l++) {
      Arrays.fill(values, spec.weightsOffset(l), spec.biasOffset(l), (float) plan.l2());
    }
    Parameters decay = new Parameters(backend, scope, spec);
    decay.upload(Weights.of(spec, values));
    return decay;
  }

  void step(Matrix gradient, Matrix theta) {
    float rate = (float) settings.learningRate();
    if (settings instanceof Optimizer.Adam adam) {
      backend.run(new AdamStep(gradient, decay, state.get(0), state.get(1), adam, steps, theta));
    } else if (settings instanceof Optimizer.Momentum momentum) {
      backend.run(
          new MomentumStep(
              gradient, decay, state.get(0), rate, (float) momentum.momentum(), theta));
    } else {
      backend.run(new GradientDescentStep(gradient, decay, rate, theta));
    }
  }
}
