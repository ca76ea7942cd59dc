package org.shallownet.backend;

import java.util.Arrays;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/** A network with a front scale in float64: weights and factors with what optimisers remember. */
final class FrontOracle {
  private final NetworkSpec spec;
  private final double l2;
  final double[] theta;
  final double[] factors;
  private final double[][] thetaState;
  private final double[][] factorState;
  private long steps;

  FrontOracle(NetworkSpec spec, double l2, Weights initial) {
    this.spec = spec;
    this.l2 = l2;
    theta = Reference.widen(initial.toArray());
    factors = new double[spec.inputs()];
    Arrays.fill(factors, 1);
    thetaState = new double[theta.length][2];
    factorState = new double[factors.length][2];
  }

  /** The parameters with the factors in the first layer's weights. */
  double[] folded() {
    double[] folded = theta.clone();
    for (int i = 0; i < spec.units(1) * spec.inputs(); i++) {
      folded[spec.weightsOffset(1) + i] *= factors[i % spec.inputs()];
    }
    return folded;
  }

  /** What is added to the mean loss for the weights. */
  double penalty() {
    double squares = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      for (int i = spec.weightsOffset(l); i < spec.biasOffset(l); i++) {
        squares += theta[i] * theta[i];
      }
    }
    return l2 / 2 * squares;
  }

  /** The gradient of the cost by all of {@link #theta}, then by all {@link #factors}. */
  double[] gradient(Oracle.Result result) {
    double[] gradient = Arrays.copyOf(result.gradient, theta.length + factors.length);
    for (int i = 0; i < spec.units(1) * spec.inputs(); i++) {
      int at = spec.weightsOffset(1) + i;
      int input = i % spec.inputs();
      gradient[theta.length + input] += gradient[at] * theta[at];
      gradient[at] *= factors[input];
    }
    for (int l = 1; l <= spec.layerCount(); l++) {
      for (int i = spec.weightsOffset(l); i < spec.biasOffset(l); i++) {
        gradient[i] += l2 * theta[i];
      }
    }
    return gradient;
  }

  /** What the network makes of samples, without L2. */
  Oracle.Result run(double[][] x, double[][] y) {
    return new Oracle(spec, 0).run(folded(), x, y);
  }

  /** Takes a step; loss, hits and penalty are those before it. */
  Oracle.Result step(double[][] x, double[][] y, Optimizer optimizer, double frontRate) {
    Oracle.Result result = run(x, y);
    double penalty = penalty();
    double[] gradient = gradient(result);
    Optimizer front = optimizer.withLearningRate(optimizer.learningRate() * frontRate);
    steps++;
    for (int i = 0; i < theta.length; i++) {
      theta[i] = Reference.step(optimizer, gradient[i], theta[i], thetaState[i], steps);
    }
    for (int j = 0; j < factors.length; j++) {
      double g = gradient[theta.length + j];
      factors[j] = Reference.step(front, g, factors[j], factorState[j], steps);
    }
    return new Oracle.Result(result.weight, result.lossSum, penalty, result.hits, gradient);
  }
}
