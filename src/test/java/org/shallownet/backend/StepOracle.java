package org.shallownet.backend;

import org.shallownet.network.Dropout;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Refinements;

/** The steps of a model's training in float64 plain loops, refinements included. */
final class StepOracle {
  private final ModelPlan plan;
  private final NetworkSpec spec;
  private final Refinements refinements;
  private final long stepsPerEpoch;
  private final double[][] state;
  private long steps;

  /** The parameters, which every step changes. */
  final double[] theta;

  /** By what the learning rate is multiplied beside the schedule. */
  double scale = 1;

  StepOracle(ModelPlan plan, long stepsPerEpoch) {
    this.plan = plan;
    this.stepsPerEpoch = stepsPerEpoch;
    spec = plan.spec();
    refinements = plan.refinements();
    theta = Reference.widen(plan.initial().toArray());
    state = new double[theta.length][2];
  }

  /** Costs and hits of a batch, and the gradient that the optimizer gets. */
  Oracle.Result run(double[][] x, double[][] y, double[] w) {
    Oracle.Result result = new Oracle(spec, 0, refinements.loss(), this::mask).run(theta, x, y, w);
    double[] gradient = result.gradient;
    clip(gradient);
    double penalty = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      for (int i = spec.weightsOffset(l); i < spec.biasOffset(l); i++) {
        penalty += plan.l2() / 2 * theta[i] * theta[i] + refinements.l1() * Math.abs(theta[i]);
        gradient[i] += plan.l2() * theta[i] + refinements.l1() * Math.signum(theta[i]);
      }
    }
    return new Oracle.Result(result.weight, result.lossSum, penalty, result.hits, gradient);
  }

  private double mask(int sample, int layer, int unit) {
    double part = refinements.dropout();
    if (part == 0) {
      return 1;
    }
    int[] words = new int[4];
    Dropout.words(plan.seed(), steps, sample, layer, unit / 4, words);
    return Integer.toUnsignedLong(words[unit % 4]) < part * 0x1p32 ? 0 : 1 / (1 - part);
  }

  private void clip(double[] gradient) {
    double squares = 0;
    for (double value : gradient) {
      squares += value * value;
    }
    double most = refinements.clipNorm();
    if (most > 0 && squares > most * most) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= most / Math.sqrt(squares);
      }
    }
  }

  /** Takes a step; costs and hits are those before it. */
  Oracle.Result step(double[][] x, double[][] y, double[] w) {
    Oracle.Result result = run(x, y, w);
    double factor = scale * refinements.rateFactor(steps, stepsPerEpoch);
    steps++;
    for (int i = 0; i < theta.length; i++) {
      double before = theta[i];
      double after = Reference.step(plan.optimizer(), result.gradient[i], before, state[i], steps);
      // A step is as long as its rate.
      theta[i] = before + factor * (after - before);
    }
    return result;
  }
}
