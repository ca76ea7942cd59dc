package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Operation.AdamStep;
import org.shallownet.backend.device.Operation.GradientDescentStep;
import org.shallownet.backend.device.Operation.MomentumStep;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/** Takes a model's steps down the gradient and keeps what its optimizer remembers between them. */
final class OptimizerSteps {
  private final Backend backend;
  private final Optimizer settings;
  private final @Nullable Parameters decay;
  private final List<Parameters> state = new ArrayList<>();
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
    this.decay = plan.l2() > 0 ? decay(backend, scope, plan) : null;
    for (int i = 0; i < ModelState.moments(settings); i++) {
      state.add(new Parameters(backend, scope, plan.spec()));
    }
  }

  /** How many values are kept for each parameter. */
  static int copies(ModelPlan plan) {
    return ModelState.moments(plan.optimizer()) + (plan.l2() > 0 ? 1 : 0);
  }

  /** What it remembers. Waits. */
  List<Weights> moments() {
    return state.stream().map(Parameters::download).toList();
  }

  /** Goes on from what another one of its kind remembers. */
  void resume(List<Weights> moments) {
    for (int i = 0; i < moments.size(); i++) {
      state.get(i).upload(moments.get(i));
    }
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

  void step(Parameters gradients, Parameters parameters) {
    Matrix gradient = gradients.flat();
    Matrix theta = parameters.flat();
    Matrix strength = decay == null ? null : decay.flat();
    float rate = (float) settings.learningRate();
    if (settings instanceof Optimizer.Adam adam) {
      backend.run(
          new AdamStep(
              gradient, strength, state.get(0).flat(), state.get(1).flat(), adam, steps, theta));
    } else if (settings instanceof Optimizer.Momentum momentum) {
      backend.run(
          new MomentumStep(
              gradient, strength, state.get(0).flat(), rate, (float) momentum.momentum(), theta));
    } else {
      backend.run(new GradientDescentStep(gradient, strength, rate, theta));
    }
  }
}
