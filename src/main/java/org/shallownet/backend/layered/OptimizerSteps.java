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
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.UpdateOperation;
import org.shallownet.backend.device.UpdateOperation.AdamStep;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.backend.device.UpdateOperation.MomentumStep;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/** Takes steps down the gradient and keeps what the optimizer remembers between them. */
final class OptimizerSteps {
  private final Backend backend;
  private final Optimizer settings;
  private final @Nullable Matrix decay;
  private final List<Matrix> state = new ArrayList<>();

  /** The same of a network's parameters; none of a row of numbers. */
  private final List<Parameters> network = new ArrayList<>();

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
    for (int i = 0; i < ModelState.moments(settings); i++) {
      Parameters moment = new Parameters(backend, scope, plan.spec());
      network.add(moment);
      state.add(moment.flat());
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
    for (int i = 0; i < ModelState.moments(settings); i++) {
      state.add(backend.allocate(scope, 1, columns));
    }
  }

  /** How many values are kept for each parameter. */
  static int copies(ModelPlan plan) {
    return ModelState.moments(plan.optimizer()) + (plan.l2() > 0 ? 1 : 0);
  }

  /** What it remembers of a network's parameters. Waits. */
  List<Weights> ofNetwork() {
    return network.stream().map(Parameters::download).toList();
  }

  /** Goes on from what another one remembers of a network's parameters. */
  void resume(List<Weights> moments) {
    for (int i = 0; i < moments.size(); i++) {
      network.get(i).upload(moments.get(i));
    }
  }

  /** A row of numbers with what it remembers of them. Waits. */
  ModelState.Group ofRow(Matrix row) {
    List<float[]> moments = state.stream().map(this::download).toList();
    return new ModelState.Group(download(row), moments);
  }

  private float[] download(Matrix row) {
    float[] values = new float[row.columns()];
    backend.download(row, values, 0);
    return values;
  }

  /** Goes on from what another one remembers of a row of numbers. */
  void resume(ModelState.Group group, Matrix row) {
    backend.upload(group.values(), 0, row);
    for (int i = 0; i < state.size(); i++) {
      backend.upload(group.moments().get(i), 0, state.get(i));
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

  /**
   * A step.
   *
   * @param factor by which the rate is multiplied; null for 1
   */
  UpdateOperation step(Matrix gradient, @Nullable Matrix factor, Matrix theta) {
    float rate = (float) settings.learningRate();
    if (settings instanceof Optimizer.Adam adam) {
      Matrix first = state.get(0);
      Matrix second = state.get(1);
      return new AdamStep(gradient, decay, first, second, adam, steps, factor, theta);
    }
    if (settings instanceof Optimizer.Momentum momentum) {
      return step(gradient, (float) momentum.momentum(), false, factor, theta);
    }
    if (settings instanceof Optimizer.Nesterov nesterov) {
      return step(gradient, (float) nesterov.momentum(), true, factor, theta);
    }
    return new GradientDescentStep(gradient, decay, rate, factor, theta);
  }

  private MomentumStep step(
      Matrix gradient, float momentum, boolean nesterov, @Nullable Matrix factor, Matrix theta) {
    float rate = (float) settings.learningRate();
    Matrix velocity = state.get(0);
    return new MomentumStep(gradient, decay, velocity, rate, momentum, nesterov, factor, theta);
  }
}
