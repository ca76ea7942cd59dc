package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;

/** The oracle's gradient against central differences of its cost. */
class OracleTest {
  private static final int SAMPLES = 7;
  private static final double STEP = 1e-6;

  static List<NetworkSpec> networks() {
    return Networks.all();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gradientIsTheSlopeOfTheCost(NetworkSpec spec) {
    checkSlopes(spec, new double[] {1, 1, 1, 1, 1, 1, 1});
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gradientIsTheSlopeOfTheWeightedCost(NetworkSpec spec) {
    checkSlopes(spec, new double[] {0.25, 3, 0, 1, 7.5, 0, 2});
  }

  private static void checkSlopes(NetworkSpec spec, double[] w) {
    double[][] x = Networks.widen(Networks.features(SAMPLES, 1));
    double[][] y = Networks.widen(Networks.targets(spec, SAMPLES, 2));
    double[] theta = Reference.widen(Networks.weights(spec, 3).toArray());
    for (double l2 : new double[] {0, 0.1}) {
      Oracle oracle = new Oracle(spec, l2);
      double[] gradient = oracle.run(theta, x, y, w).gradient;
      double cost = oracle.run(theta, x, y, w).cost();
      int checked = 0;
      for (int i = 0; i < theta.length; i++) {
        double before = theta[i];
        theta[i] = before + STEP;
        double up = oracle.run(theta, x, y, w).cost();
        theta[i] = before - STEP;
        double down = oracle.run(theta, x, y, w).cost();
        theta[i] = before;
        // Where the slopes of both sides differ, a unit's kink lies between.
        if (Math.abs((up - cost) - (cost - down)) < 1e-4 * STEP) {
          assertThat(gradient[i])
              .as("parameter %s", i)
              .isCloseTo((up - down) / (2 * STEP), within(1e-7));
          checked++;
        }
      }
      assertThat(checked).isGreaterThan(theta.length * 9 / 10);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void gradientsOfAFrontScaleAreTheSlopesOfTheCost(NetworkSpec spec) {
    double[][] x = Networks.widen(Networks.features(SAMPLES, 1));
    double[][] y = Networks.widen(Networks.targets(spec, SAMPLES, 2));
    FrontOracle oracle = new FrontOracle(spec, 0.1, Networks.weights(spec, 3));
    for (int j = 0; j < oracle.factors.length; j++) {
      oracle.factors[j] = 0.5 + 0.3 * j;
    }
    double[] gradient = oracle.gradient(oracle.run(x, y));
    int checked = 0;
    for (int i = 0; i < gradient.length; i++) {
      int weights = oracle.theta.length;
      double[] numbers = i < weights ? oracle.theta : oracle.factors;
      int at = i < weights ? i : i - weights;
      double cost = cost(oracle, x, y);
      double before = numbers[at];
      numbers[at] = before + STEP;
      double up = cost(oracle, x, y);
      numbers[at] = before - STEP;
      double down = cost(oracle, x, y);
      numbers[at] = before;
      if (Math.abs((up - cost) - (cost - down)) < 1e-4 * STEP) {
        assertThat(gradient[i]).as("%s", i).isCloseTo((up - down) / (2 * STEP), within(1e-7));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(gradient.length * 9 / 10);
  }

  /** Of all but the clipping, which changes the gradient's length alone. */
  @ParameterizedTest
  @MethodSource("networks")
  void refinedGradientsAreTheSlopesOfTheCost(NetworkSpec spec) {
    double[][] x = Networks.widen(Networks.features(SAMPLES, 1));
    double[][] y = Networks.widen(Networks.targets(spec, SAMPLES, 2));
    double[] w = {0.25, 3, 0, 1, 7.5, 0, 2};
    Refinements none = Refinements.NONE;
    List<Loss> losses =
        List.of(new Loss.Smoothed(0.2), new Loss.Huber(0.7), new Loss.Quantile(0.8), Loss.OWN);
    for (Loss loss : losses) {
      if (loss.suits(spec.output())) {
        checkRefinedSlopes(spec, x, y, w, none.withL1(0.3).withLoss(loss));
        checkRefinedSlopes(spec, x, y, w, none.withDropout(0.4).withLoss(loss));
      }
    }
  }

  private static void checkRefinedSlopes(
      NetworkSpec spec, double[][] x, double[][] y, double[] w, Refinements refinements) {
    ModelPlan plan = new ModelPlan(Networks.weights(spec, 3), Optimizer.Adam.of(1), 0.1, 0);
    StepOracle oracle = new StepOracle(plan.withRefinements(refinements), 1);
    double[] gradient = oracle.run(x, y, w).gradient;
    double cost = oracle.run(x, y, w).cost();
    int checked = 0;
    for (int i = 0; i < gradient.length; i++) {
      double before = oracle.theta[i];
      oracle.theta[i] = before + STEP;
      double up = oracle.run(x, y, w).cost();
      oracle.theta[i] = before - STEP;
      double down = oracle.run(x, y, w).cost();
      oracle.theta[i] = before;
      if (Math.abs((up - cost) - (cost - down)) < 1e-4 * STEP) {
        assertThat(gradient[i]).as("%s", i).isCloseTo((up - down) / (2 * STEP), within(1e-7));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(gradient.length * 9 / 10);
  }

  @Test
  void clippingKeepsTheDirection() {
    NetworkSpec spec = networks().get(0);
    double[][] x = Networks.widen(Networks.features(SAMPLES, 1));
    double[][] y = Networks.widen(Networks.targets(spec, SAMPLES, 2));
    double[] w = {1, 1, 1, 1, 1, 1, 1};
    ModelPlan plan = new ModelPlan(Networks.weights(spec, 3), Optimizer.Adam.of(1), 0, 0);
    double[] free = new StepOracle(plan, 1).run(x, y, w).gradient;
    double norm = Math.sqrt(Arrays.stream(free).map(g -> g * g).sum());
    Refinements clipping = Refinements.NONE.withClipNorm(norm / 4);
    double[] clipped = new StepOracle(plan.withRefinements(clipping), 1).run(x, y, w).gradient;
    for (int i = 0; i < free.length; i++) {
      assertThat(clipped[i]).isCloseTo(free[i] / 4, within(1e-15));
    }
  }

  private static double cost(FrontOracle oracle, double[][] x, double[][] y) {
    return oracle.run(x, y).cost() + oracle.penalty();
  }
}
