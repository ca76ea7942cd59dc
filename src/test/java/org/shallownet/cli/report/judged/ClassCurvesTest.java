package org.shallownet.cli.report.judged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.cli.report.svg.Point;

/** Expected values are scikit-learn's for the same numbers. */
class ClassCurvesTest {
  private static ClassAnswers answers(float[] positive, int... actual) {
    ClassAnswers answers = new ClassAnswers("y", List.of("no", "yes"));
    for (int row = 0; row < actual.length; row++) {
      answers.add(actual[row], 1, 1 - positive[row], positive[row]);
    }
    return answers;
  }

  @Test
  void curvesAreThoseOfScikitLearn() {
    RankingCurves curves =
        RankingCurves.of(answers(new float[] {0.1f, 0.4f, 0.35f, 0.8f}, 0, 0, 1, 1), 1);
    assertThat(curves.auc()).isCloseTo(0.75, within(1e-12));
    assertThat(curves.averagePrecision()).isCloseTo(0.8333333333, within(1e-9));
    assertThat(curves.roc())
        .containsExactly(
            new Point(0, 0),
            new Point(0, 0.5),
            new Point(0.5, 0.5),
            new Point(0.5, 1),
            new Point(1, 1));
    assertThat(curves.share()).isEqualTo(0.5);
  }

  @Test
  void equalProbabilitiesAreOneStep() {
    RankingCurves curves =
        RankingCurves.of(answers(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, 0, 1, 0, 1), 1);
    assertThat(curves.roc()).containsExactly(new Point(0, 0), new Point(1, 1));
    assertThat(curves.auc()).isCloseTo(0.5, within(1e-12));
    assertThat(curves.averagePrecision()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void weightsCountAsRows() {
    ClassAnswers once = new ClassAnswers("y", List.of("no", "yes"));
    ClassAnswers twice = new ClassAnswers("y", List.of("no", "yes"));
    float[] positive = {0.9f, 0.6f, 0.4f, 0.2f};
    int[] actual = {1, 0, 1, 0};
    for (int row = 0; row < actual.length; row++) {
      once.add(actual[row], row == 1 ? 3 : 1, 1 - positive[row], positive[row]);
      for (int i = 0; i < (row == 1 ? 3 : 1); i++) {
        twice.add(actual[row], 1, 1 - positive[row], positive[row]);
      }
    }
    assertThat(RankingCurves.of(once, 1).auc())
        .isCloseTo(RankingCurves.of(twice, 1).auc(), within(1e-12));
    assertThat(Calibration.of(once).error())
        .isCloseTo(Calibration.of(twice).error(), within(1e-12));
  }

  @Test
  void oneClassAloneHasNoCurve() {
    assertThat(RankingCurves.of(answers(new float[] {0.1f, 0.9f}, 1, 1), 1).isDefined()).isFalse();
  }

  @Test
  void calibrationPutsTenthsTogether() {
    float[] positive = new float[10];
    Arrays.fill(positive, 0.75f);
    Calibration calibration = Calibration.of(answers(positive, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0));
    assertThat(calibration.bins()).hasSize(1);
    Calibration.Bin bin = calibration.bins().get(0);
    assertThat(bin.probability()).isEqualTo(0.75);
    assertThat(bin.frequency()).isEqualTo(0.8);
    // Wilson's interval for 8 of 10, as statsmodels' proportion_confint has it.
    assertThat(bin.low()).isCloseTo(0.490162, within(1e-5));
    assertThat(bin.high()).isCloseTo(0.943318, within(1e-5));
    assertThat(calibration.error()).isCloseTo(0.05, within(1e-7));
  }
}
