package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shallownet.model.metrics.ClassificationMeter;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RankingMeter;
import org.shallownet.model.metrics.RegressionMeter;
import org.shallownet.model.metrics.RegressionMetrics;

/** Expected numbers are worked by hand or from scikit-learn 1.9.1's functions of the same names. */
class MetricsTest {
  private static ClassificationMetrics binary(int[] actual, float[] probabilities) {
    ClassificationMeter meter = new ClassificationMeter(List.of("no", "yes"), false);
    for (int i = 0; i < actual.length; i++) {
      double p = probabilities[i];
      int predicted = probabilities[i] > 1 - probabilities[i] ? 1 : 0;
      meter.add(actual[i], predicted, -Math.log(actual[i] == 1 ? p : 1 - p), probabilities[i], 1);
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
    RankingMeter meter = new RankingMeter(false);
    float[] scores = new float[700];
    boolean[] positive = new boolean[scores.length];
    for (int i = 0; i < scores.length; i++) {
      positive[i] = random.nextInt(3) == 0;
      scores[i] = random.nextInt(40) + (positive[i] ? 5 : 0);
      meter.add(scores[i], positive[i], 1);
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
    ClassificationMeter meter =
        new ClassificationMeter(List.of("a", "b", "c", "never seen"), false);
    for (int i = 0; i < actual.length; i++) {
      meter.add(actual[i], predicted[i], 0.5, 0, 1);
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
      meter.add(actual[i], predicted[i], 1);
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

  /** scikit-learn's mean_poisson_deviance([2, 0, 1, 4], [0.5, 0.5, 2., 2.]) is 1.4260…. */
  @Test
  void poissonDevianceAsInTheDocumentationOfScikitLearn() {
    RegressionMeter meter = new RegressionMeter();
    double[] actual = {2, 0, 1, 4};
    double[] predicted = {0.5, 0.5, 2, 2};
    for (int i = 0; i < actual.length; i++) {
      meter.add(actual[i], predicted[i], 1);
      meter.addDeviance(actual[i], Math.log(predicted[i]), 1);
    }
    assertThat(meter.metrics().poissonDeviance()).isEqualTo(1.4260151319598084, within(1e-12));
    assertThat(meter.metrics().asMap().keySet())
        .containsExactly("rmse", "mae", "r2", "poisson_deviance");
  }

  @Test
  void poissonDevianceByWeightAndOfWhatIsNegative() {
    RegressionMeter meter = new RegressionMeter();
    meter.add(3, 0, 0);
    meter.addDeviance(3, Double.NEGATIVE_INFINITY, 0);
    meter.add(0, 2, 3);
    meter.addDeviance(0, Math.log(2), 3);
    meter.add(4, 4, 1);
    meter.addDeviance(4, Math.log(4), 1);
    assertThat(meter.metrics().poissonDeviance()).isEqualTo(3, within(1e-12));
    meter.add(-1, 2, 1);
    meter.addDeviance(-1, Math.log(2), 1);
    assertThat(meter.metrics().poissonDeviance()).isNaN();
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
    RegressionMeter constant = new RegressionMeter();
    for (int i = 0; i < 5; i++) {
      constant.add(0.1, 0.11, 3);
    }
    assertThat(constant.metrics().r2()).isZero();
    assertThat(regression(new double[] {4, 4}, new double[] {4, 5}).r2()).isZero();
    assertThat(regression(new double[] {4}, new double[] {4}).r2()).isNaN();
  }

  @Test
  void weightedClassesByHand() {
    ClassificationMeter meter = new ClassificationMeter(List.of("no", "yes"), true);
    meter.add(0, 0, 0.1, 0.1f, 2);
    meter.add(0, 1, 0.9, 0.6f, 1);
    meter.add(1, 0, 0.7, 0.4f, 0.5f);
    meter.add(1, 1, 0.2, 0.8f, 4);
    meter.add(1, 0, 50, 0.01f, 0);
    ClassificationMetrics metrics = meter.metrics();
    assertThat(metrics.rows()).isEqualTo(5);
    assertThat(metrics.confusion()).containsExactly(List.of(1L, 1L), List.of(2L, 1L));
    assertThat(metrics.weightedConfusion()).containsExactly(List.of(2.0, 1.0), List.of(0.5, 4.0));
    assertThat(metrics.accuracy()).isEqualTo(6 / 7.5, within(1e-15));
    assertThat(metrics.logLoss()).isEqualTo((0.2 + 0.9 + 0.35 + 0.8) / 7.5, within(1e-7));
    assertThat(metrics.precision()).isEqualTo(0.8, within(1e-15));
    assertThat(metrics.recall()).isEqualTo(4 / 4.5, within(1e-15));
    assertThat(metrics.f1()).isEqualTo(8 / 9.5, within(1e-15));
    // Of the pairs of 4.5 and 3, those of 0.4 with 0.1 and of 0.8 with both are in order.
    assertThat(metrics.auc()).isEqualTo((0.5 * 2 + 4 * 3) / (4.5 * 3), within(1e-15));
  }

  @Test
  void weightedNumbersByHand() {
    RegressionMeter meter = new RegressionMeter();
    meter.add(1, 2, 3);
    meter.add(4, 4.5, 1);
    meter.add(100, -100, 0);
    RegressionMetrics metrics = meter.metrics();
    assertThat(metrics.rows()).isEqualTo(3);
    assertThat(metrics.rmse()).isEqualTo(Math.sqrt(3.25 / 4), within(1e-15));
    assertThat(metrics.mae()).isEqualTo(3.5 / 4, within(1e-15));
    // The mean is 1.75, the spread 3 · 0.75² + 2.25².
    assertThat(metrics.r2()).isEqualTo(1 - 3.25 / 6.75, within(1e-15));
  }

  @Test
  void aWeightOfZeroIsNoSample() {
    RegressionMeter numbers = new RegressionMeter();
    numbers.add(3, Double.NaN, 0);
    numbers.add(4, 4, 2);
    assertThat(numbers.metrics().rmse()).isZero();
    assertThat(numbers.metrics().r2()).isNaN();
    RankingMeter ranking = new RankingMeter(true);
    ranking.add(1, true, 1);
    ranking.add(0, false, 0);
    ranking.add(Float.NaN, true, 0);
    assertThat(ranking.area()).isNaN();
    ranking.add(1, false, 3);
    assertThat(ranking.area()).isEqualTo(0.5);
    ClassificationMeter classes = new ClassificationMeter(List.of("a", "b", "c"), true);
    classes.add(0, 0, Double.POSITIVE_INFINITY, 0, 0);
    classes.add(1, 1, 0.5, 0, 1);
    assertThat(classes.metrics().logLoss()).isEqualTo(0.5);
    assertThat(classes.metrics().f1()).isEqualTo(1);
  }

  /** Whole numbers as weights give what as many copies of the rows give. */
  @Test
  void weightsAreNumbersOfRows() {
    Random random = new Random(11);
    for (int classes : new int[] {2, 4}) {
      List<String> names = List.of("a", "b", "c", "d").subList(0, classes);
      ClassificationMeter weighted = new ClassificationMeter(names, true);
      ClassificationMeter repeated = new ClassificationMeter(names, false);
      RegressionMeter weightedNumbers = new RegressionMeter();
      RegressionMeter repeatedNumbers = new RegressionMeter();
      for (int i = 0; i < 1_000; i++) {
        int actual = random.nextInt(classes);
        int predicted = random.nextInt(classes);
        double cost = random.nextDouble();
        float score = random.nextInt(30) - 15 + actual;
        double y = 50 + random.nextGaussian();
        int weight = random.nextInt(4);
        weighted.add(actual, predicted, cost, score, weight);
        weightedNumbers.add(y, score, weight);
        for (int copy = 0; copy < weight; copy++) {
          repeated.add(actual, predicted, cost, score, 1);
          repeatedNumbers.add(y, score, 1);
        }
      }
      requireSame(weighted.metrics(), repeated.metrics());
      requireSame(weightedNumbers.metrics(), repeatedNumbers.metrics());
      assertThat(weighted.metrics().weightedConfusion())
          .isEqualTo(repeated.metrics().weightedConfusion());
    }
  }

  private static void requireSame(Metrics found, Metrics expected) {
    assertThat(found.asMap().keySet()).isEqualTo(expected.asMap().keySet());
    expected
        .asMap()
        .forEach(
            (name, value) ->
                assertThat(found.asMap().get(name))
                    .as(name)
                    .isEqualTo(value, within(1e-12 * (1 + Math.abs(value)))));
  }

  @Test
  void weightedAreaAgreesWithCountingAllPairs() {
    Random random = new Random(4);
    RankingMeter meter = new RankingMeter(true);
    int count = 700;
    float[] scores = new float[count];
    boolean[] positive = new boolean[count];
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      positive[i] = random.nextInt(3) == 0;
      scores[i] = random.nextInt(40) - 20 + (positive[i] ? 5 : 0);
      weights[i] = random.nextInt(5) == 0 ? 0 : random.nextFloat();
      meter.add(scores[i], positive[i], weights[i]);
    }
    double wins = 0;
    double pairs = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        if (positive[i] && !positive[j]) {
          double pair = (double) weights[i] * weights[j];
          pairs += pair;
          wins += scores[i] > scores[j] ? pair : scores[i] == scores[j] ? pair / 2 : 0;
        }
      }
    }
    assertThat(meter.area()).isEqualTo(wins / pairs, within(1e-12));
  }
}
