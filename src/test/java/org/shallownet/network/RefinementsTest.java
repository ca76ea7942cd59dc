package org.shallownet.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RefinementsTest {
  private static final Refinements NONE = Refinements.NONE;

  private static double[] factors(Refinements refinements, int steps, int stepsPerEpoch) {
    double[] factors = new double[steps];
    for (int step = 0; step < steps; step++) {
      factors[step] = refinements.rateFactor(step, stepsPerEpoch);
    }
    return factors;
  }

  @Test
  void nothingChangesTheRate() {
    assertThat(NONE.changesRate()).isFalse();
    assertThat(factors(NONE, 3, 2)).containsExactly(1, 1, 1);
    assertThat(NONE.withWarmup(0.5).changesRate()).isTrue();
    assertThat(NONE.withSchedule(new Schedule.Plateau(1, 0.5)).changesRate()).isTrue();
    assertThat(factors(NONE.withSchedule(new Schedule.Plateau(1, 0.5)), 3, 2))
        .containsExactly(1, 1, 1);
  }

  @Test
  void theCosineFallsTo0InTheLastEpoch() {
    Refinements cosine = NONE.withSchedule(new Schedule.Cosine(3));
    double half = Math.sqrt(3) / 2;
    assertThat(factors(cosine, 7, 2))
        .containsExactly(
            new double[] {1, (1 + half) / 2, 0.75, 0.5, 0.25, (1 - half) / 2, 0}, within(1e-15));
    assertThat(cosine.rateFactor(1000, 2)).isZero();
  }

  @Test
  void theWarmUpRisesStepByStep() {
    assertThat(factors(NONE.withWarmup(2), 6, 2)).containsExactly(0.25, 0.5, 0.75, 1, 1, 1);
    assertThat(factors(NONE.withWarmup(0.75), 4, 2)).containsExactly(1 / 1.5, 1, 1, 1);
  }

  /** The cosine begins when the rate has risen. */
  @Test
  void theCosineFollowsTheWarmUp() {
    Refinements both = NONE.withSchedule(new Schedule.Cosine(4)).withWarmup(2);
    assertThat(factors(both, 8, 2))
        .containsExactly(
            new double[] {
              0.25, 0.5, 0.75, 1, 1, (1 + Math.sqrt(0.5)) / 2, 0.5, (1 - Math.sqrt(0.5)) / 2
            },
            within(1e-15));
  }

  @Test
  void stepsFallWhenTheirEpochsAreOver() {
    assertThat(factors(NONE.withSchedule(new Schedule.Steps(2, 0.1)), 11, 2))
        .containsExactly(
            new double[] {1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01}, within(1e-15));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    for (double by : new double[] {0, 1, -0.5, 2, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Schedule.Steps(3, by))
          .withMessage("the rate must be multiplied by a number between 0 and 1, not " + by);
      assertThatIllegalArgumentException().isThrownBy(() -> new Schedule.Plateau(3, by));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Schedule.Steps(0, 0.1))
        .withMessage("a step is at least 1 epoch long, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Schedule.Plateau(0, 0.1))
        .withMessage("a plateau is at least 1 epoch long, not 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Schedule.Cosine(0))
        .withMessage("there must be at least 1 epoch, not 0");
    for (double warmup : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NONE.withWarmup(warmup))
          .withMessage("the warm-up must be 0 or a positive number of epochs, not " + warmup);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NONE.withSchedule(new Schedule.Cosine(5)).withWarmup(5))
        .withMessage("a warm-up of 5.0 epochs leaves nothing of the 5 of the cosine schedule");
    for (double bad : new double[] {-1, Double.NaN, 1e39}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NONE.withClipNorm(bad))
          .withMessageContaining("norm")
          .withMessageEndingWith("not " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NONE.withL1(bad))
          .withMessage(
              "the strength of L1 must be 0 or a positive number that fits float32, not " + bad);
    }
    for (double bad : new double[] {-0.1, 1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NONE.withDropout(bad))
          .withMessage("dropout must be at least 0 and below 1, not " + bad);
    }
    for (double bad : new double[] {0, 1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Loss.Smoothed(bad))
          .withMessage("labels are smoothed by a number between 0 and 1, not " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Loss.Quantile(bad))
          .withMessage("a quantile is a number between 0 and 1, not " + bad);
    }
    for (double bad : new double[] {0, -1, 1e39, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Loss.Huber(bad))
          .withMessage("the delta of a Huber loss must be a positive number, not " + bad);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Optimizer.Nesterov(0.1, 0))
        .withMessage("Nesterov's momentum must be above 0");
  }
}
