package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Expected numbers are worked by hand or from scikit-learn 1.9.1's functions of the same names. */
class MetricsTest {
  private static ClassificationMetrics binary(int[] actual, float[] probabilities) {
    ClassificationMeter meter = new ClassificationMeter(List.of("no", "yes"));
    for (int i = 0; i < actual.length; i++) {
      double p = probabilities[i];
      int predicted = probabilities[i] > 1 - probabilities[i] ? 1 : 0;
      meter.add(actual[i], predicted, -Math.log(actual[i] == 1 ? p : 1 - p), probabilities[i]);
    }
    return meter.metrics();
  }

  @Test
  void twoClassesByHand() {
    ClassificationMetrics metrics =
        binary(new int[] {0, 0, 1, 1}, new float[] {0.1f, 0.4f, 0.35f, 0.8f});
    assertThat(metrics.rows()).isEqualTo(4);
    assertThat(metrics.confusion()).containsExactly(List.of(2L, 0L), List.of(1L, 1L));
    assertThat(metrics.accuracy()).isEqualTo(0.75);
    assertThat(metrics.precision()).isEqualTo(1);
    assertThat(metrics.recall()).isEqualTo(0.5);
    assertThat(metrics.f1()).isEqualTo(2.0 / 3, within(1e-15));
    assertThat(metrics.auc()).isEqualTo(0.75);
    assertThat(metrics.logLoss()).isEqualTo(0.4722879, within(1e-6));
    assertThat(metrics.asMap().keySet())
        .containsExactly("accuracy", "log_loss", "precision", "recall", "f1", "auc");
  }

  @Test
  void equalScoresCountHalf() {
    float[] tied = {0.5f, 0.5f, 0.5f, 0.2f, 0.9f, 0.9f};
    // Pairs (positive, negative): positives 0.5 0.5 0.9, negatives 0.5 0.2 0.9.
    // 0.5: ½ + 1 + 0, twice; 0.9: 1 + 1 + ½ -> 5.5 of 9.
    assertThat(binary(new int[] {1, 0, 1, 0, 1, 0}, tied).auc()).isEqualTo(5.5 / 9, within(1e-15));
    assertThat(binary(new int[] {1, 0, 1}, new float[] {0.3f, 0.3f, 0.3f}).auc()).isEqualTo(0.5);
    assertThat(binary(new int[] {1, 0}, new float[] {-0.0f, 0.0f}).auc()).isEqualTo(0.5);
  }

  @Test
  void areaAgreesWithCountingAllPairs() {
    Random random = new Random(3);
    RankingMeter meter = new RankingMeter();
    float[] scores = new float[700];
    boolean[] positive = new boolean[scores.length];
    for (int i = 0; i < scores.length; i++) {
      positive[i] = random.nextInt(3) == 0;
      scores[i] = random.nextInt(40) + (positive[i] ? 5 : 0);
      meter.add(scores[i], positive[i]);
    }
    double wins = 0;
    long pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (positive[i] && !positive[j]) {
          pairs++;
          wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertThat(meter.area()).isEqualTo(wins / pairs, within(1e-12));
  }

  @Test
  void whatIsUndefined() {
    ClassificationMetrics onlyNegatives = binary(new int[] {0, 0}, new float[] {0.1f, 0.2f});
    assertThat(onlyNegatives.precision()).isZero();
    assertThat(onlyNegatives.recall()).isZero();
    assertThat(onlyNegatives.f1()).isZero();
    assertThat(onlyNegatives.auc()).isNaN();
    assertThat(binary(new int[] {0, 1}, new float[] {0.1f, Float.NaN}).auc()).isNaN();
  }

  @Test
  void manyClassesAverageOverThoseThatOccur() {
    // scikit-learn: y = [0,1,2,0,1,2], ŷ = [0,2,1,0,0,1]: the example in its documentation of
    // f1_score with average='macro': 0.26666…; precision 0.2222…, recall 0.3333….
    int[] actual = {0, 1, 2, 0, 1, 2};
    int[] predicted = {0, 2, 1, 0, 0, 1};
    ClassificationMeter meter = new ClassificationMeter(List.of("a", "b", "c", "never seen"));
    for (int i = 0; i < actual.length; i++) {
      meter.add(actual[i], predicted[i], 0.5, 0);
    }
    ClassificationMetrics metrics = meter.metrics();
    assertThat(metrics.f1()).isEqualTo(4.0 / 15, within(1e-15));
    assertThat(metrics.precision()).isEqualTo(2.0 / 9, within(1e-15));
    assertThat(metrics.recall()).isEqualTo(1.0 / 3, within(1e-15));
    assertThat(metrics.accuracy()).isEqualTo(1.0 / 3, within(1e-15));
    assertThat(metrics.logLoss()).isEqualTo(0.5);
    assertThat(metrics.auc()).isNaN();
    assertThat(metrics.asMap()).doesNotContainKey("auc");
    assertThat(metrics.confusion().get(1)).containsExactly(1L, 0L, 1L, 0L);
  }

  private static RegressionMetrics regression(double[] actual, double[] predicted) {
    RegressionMeter meter = new RegressionMeter();
    for (int i = 0; i < actual.length; i++) {
      meter.add(actual[i], predicted[i]);
    }
    return meter.metrics();
  }

  @Test
  void numbersAsInTheDocumentationOfScikitLearn() {
    RegressionMetrics metrics =
        regression(new double[] {3, -0.5, 2, 7}, new double[] {2.5, 0.0, 2, 8});
    assertThat(metrics.rows()).isEqualTo(4);
    assertThat(metrics.mae()).isEqualTo(0.5);
    assertThat(metrics.rmse()).isEqualTo(Math.sqrt(0.375), within(1e-15));
    assertThat(metrics.r2()).isEqualTo(0.9486081370449679, within(1e-12));
    assertThat(metrics.asMap().keySet()).containsExactly("rmse", "mae", "r2");
  }

  @Test
  void aLargeMeanDoesNotSpoilTheSpread() {
    RegressionMetrics metrics =
        regression(new double[] {1e9 + 1, 1e9 + 2, 1e9 + 3}, new double[] {1e9 + 1, 1e9 + 2, 1e9});
    assertThat(metrics.r2()).isEqualTo(1 - 9 / 2.0, within(1e-9));
  }

  @Test
  void constantTargetsAndSingleRows() {
    assertThat(regression(new double[] {4, 4}, new double[] {4, 4}).r2()).isEqualTo(1);
    assertThat(regression(new double[] {4, 4}, new double[] {4, 5}).r2()).isZero();
    assertThat(regression(new double[] {4}, new double[] {4}).r2()).isNaN();
  }
}
