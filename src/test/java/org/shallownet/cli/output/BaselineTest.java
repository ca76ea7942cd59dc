package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RegressionMetrics;

class BaselineTest {
  private static Metrics classes(double accuracy, double ofFirst, double ofSecond) {
    List<List<Double>> weighted = List.of(List.of(ofFirst, 0.0), List.of(0.0, ofSecond));
    return new ClassificationMetrics(
        List.of("a", "b"),
        List.of(List.of(1L, 0L), List.of(0L, 1L)),
        weighted,
        accuracy,
        0.7,
        0,
        0,
        0,
        0.5);
  }

  @Test
  void onlyWhatIsWorseThanTheMostFrequentClassIsToldOf() {
    assertThat(Baseline.sentence(classes(0.7, 3, 7))).isNull();
    assertThat(Baseline.sentence(classes(0.9, 3, 7))).isNull();
    assertThat(Baseline.sentence(classes(0.6, 3, 7)))
        .contains(
            "worse than always giving the most frequent class 'b' (accuracy 0.6000, not 0.7000)");
  }

  @Test
  void numbersAreComparedWithTheMean() {
    assertThat(Baseline.sentence(new RegressionMetrics(10, 1, 1, 0))).isNull();
    assertThat(Baseline.sentence(new RegressionMetrics(10, 1, 1, Double.NaN))).isNull();
    assertThat(Baseline.sentence(new RegressionMetrics(10, 1, 1, -0.5)))
        .contains("worse than always giving the mean (r2 -0.5000)");
  }
}
