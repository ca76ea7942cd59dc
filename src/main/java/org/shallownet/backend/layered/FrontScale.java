package org.shallownet.backend.layered;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.Multiply;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.UpdateOperation;
import org.shallownet.network.NetworkSpec;

/**
 * The front scale of a {@link LayeredModel}: a learned factor for each input, folded into the
 * weights that samples go through. With {@code V[h,j] = s[j] W[h,j]}: {@code ds[j] = Σ dV[h,j]
 * W[h,j]} over the units h, {@code dW[h,j] = s[j] dV[h,j]}.
 */
final class FrontScale {
  private final Backend backend;
  private final Parameters trained;
  private final Matrix factors;
  private final Matrix gradient;
  private final Matrix products;
  private final OptimizerSteps optimizer;

  /** Factors 1, and the model's first weights. */
  FrontScale(Backend backend, Scope scope, ModelPlan plan, Counter steps) {
    NetworkSpec spec = plan.spec();
    int inputs = spec.inputs();
    this.backend = backend;
    trained = new Parameters(backend, scope, spec);
    trained.upload(plan.initial());
    factors = backend.allocate(scope, 1, inputs);
    float[] ones = new float[inputs];
    Arrays.fill(ones, 1);
    backend.upload(ones, 0, factors);
    gradient = backend.allocate(scope, 1, inputs);
    products = backend.allocate(scope, spec.units(1), inputs);
    optimizer = new OptimizerSteps(backend, scope, plan.frontOptimizer(), inputs, steps);
  }

  /** How many floats it takes beside {@link #trained}. */
  static long floats(ModelPlan plan) {
    NetworkSpec spec = plan.spec();
    long rows = 2L + ModelState.moments(plan.optimizer()) + spec.units(1);
    return rows * spec.inputs();
  }

  /** The parameters without the factors, which are what is trained. */
  Parameters trained() {
    return trained;
  }

  // From the gradient by what samples went through to those by the factors and, in its place, by
  // the
  // trained parameters.

  /** The products whose sums are the gradient by the factors. */
  Multiply products(Parameters gradients) {
    return new Multiply(gradients.weights(1), trained.weights(1), products);
  }

  /** Their sums. */
  SumRows gradient() {
    return new SumRows(products, 0, gradient);
  }

  /** The gradient by the trained weights. */
  Multiply pullBack(Parameters gradients) {
    return new Multiply(gradients.weights(1), factors, gradients.weights(1));
  }

  /**
   * The optimizer's step of the factors.
   *
   * @param rateFactor by which the rate is multiplied; null for 1
   */
  UpdateOperation step(@Nullable Matrix rateFactor) {
    return optimizer.step(gradient, rateFactor, factors);
  }

  // What samples go through: the trained parameters, then the factors times the first weights.

  /** The first half of that. */
  Copy copy(Parameters to) {
    return new Copy(trained.flat(), to.flat());
  }

  /** The other half. */
  Multiply fold(Parameters to) {
    return new Multiply(trained.weights(1), factors, to.weights(1));
  }

  /** The factors, with what is remembered of them. Waits. */
  ModelState.Group state() {
    return optimizer.ofRow(factors);
  }

  /**
   * Goes on from a state of the factors; the trained parameters have theirs already.
   *
   * @param to gets what samples go through
   */
  void resume(ModelState.Group state, Parameters to) {
    optimizer.resume(state, factors);
    backend.run(copy(to));
    backend.run(fold(to));
  }
}
