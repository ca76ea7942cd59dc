package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.backend.cpu.primitives.Updates;
import org.shallownet.network.Optimizer;

/** Parameters with their gradient and what their optimizer remembers from step to step. */
final class Descent {
  private final Optimizer optimizer;
  private final int count;
  private final ArrayRange parameters;
  private final ArrayRange gradients;
  private final @Nullable ArrayRange decay;

  /** What is remembered, two values for each parameter, one or none. */
  private final List<float[]> moments;

  private final ArrayRange moment1;
  private final ArrayRange moment2;
  private final float[] rates = new float[2];

  /**
   * Parameters before their first step.
   *
   * @param gradient of the same length
   * @param decay for each its strength of L2; null for none
   */
  Descent(Optimizer optimizer, float[] parameters, float[] gradient, float @Nullable [] decay) {
    this.optimizer = optimizer;
    this.count = parameters.length;
    this.parameters = new ArrayRange(parameters, 0);
    this.gradients = new ArrayRange(gradient, 0);
    this.decay = decay == null ? null : new ArrayRange(decay, 0);
    List<float[]> remembered = new ArrayList<>();
    for (int i = 0; i < ModelState.moments(optimizer); i++) {
      remembered.add(new float[count]);
    }
    moments = List.copyOf(remembered);
    moment1 = new ArrayRange(moments.isEmpty() ? new float[0] : moments.get(0), 0);
    moment2 = new ArrayRange(moments.size() < 2 ? new float[0] : moments.get(1), 0);
  }

  /** What is remembered of each parameter, in the order of the optimizer's formula. */
  List<float[]> moments() {
    return moments;
  }

  /** Multiplies the gradient. */
  void scaleGradient(float factor) {
    Updates.scale(count, gradients, factor);
  }

  /** Divides the gradient, which was summed over samples. */
  void divideGradient(float divisor) {
    Updates.divide(count, gradients, divisor);
  }

  /**
   * Takes a step.
   *
   * @param number from 1
   * @param factor that the learning rate is multiplied by
   */
  void step(long number, double factor) {
    float rate = (float) optimizer.learningRate() * (float) factor;
    if (optimizer instanceof Optimizer.Adam adam) {
      Updates.adamRates(adam, number, factor, rates);
      Updates.adam(count, gradients, decay, moment1, moment2, adam, rates, parameters);
    } else if (optimizer instanceof Optimizer.Nesterov nesterov) {
      float keep = (float) nesterov.momentum();
      Updates.nesterov(count, gradients, decay, moment1, rate, keep, parameters);
    } else if (optimizer instanceof Optimizer.Momentum momentum) {
      float keep = (float) momentum.momentum();
      Updates.momentum(count, gradients, decay, moment1, rate, keep, parameters);
    } else {
      Updates.gradientDescent(count, gradients, decay, rate, parameters);
    }
  }
}
