package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Schema;
import org.shallownet.data.Target;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RegressionMetrics;
import org.shallownet.model.metrics.SeveralMetrics;

class BaselineTest {
  private static final String ADVICE =
      "; check the target and the columns (--features, --ignore), or give more rows";

  /** Of two classes, by the weights of the rows of each that are predicted as each. */
  private static Metrics classes(double aAsA, double aAsB, double bAsA, double bAsB) {
    return new ClassificationMetrics(
        List.of("a", "b"),
        List.of(List.of(1L, 1L), List.of(1L, 1L)),
        List.of(List.of(aAsA, aAsB), List.of(bAsA, bAsB)),
        (aAsA + bAsB) / (aAsA + aAsB + bAsA + bAsB),
        0.7,
        0,
        0,
        0,
        0.5);
  }

  private static Metrics numbers(double rmse, double r2) {
    return new RegressionMetrics(10, rmse, 1, r2);
  }

  private static @Nullable String sentence(Metrics judged) {
    return Baseline.sentence(judged, Baseline.Advice.OF_TRAINING);
  }

  @Test
  void onlyWhatIsWorseThanTheMostFrequentClassIsToldOf() {
    assertThat(sentence(classes(0, 3, 0, 7))).isNull();
    assertThat(sentence(classes(2, 1, 0, 7))).isNull();
    assertThat(sentence(classes(1, 2, 2, 5)))
        .isEqualTo(
            "the model is worse than always giving the most frequent class 'b' (accuracy 0.6000,"
                + " not 0.7000)"
                + ADVICE);
  }

  /** Nothing is better than to name the one class. */
  @Test
  void rowsOfOneClassShowNothing() {
    assertThat(sentence(classes(0, 0, 2, 8))).isNull();
  }

  @Test
  void numbersAreComparedWithTheMean() {
    assertThat(sentence(numbers(1, 0))).isNull();
    assertThat(sentence(numbers(1, Double.NaN))).isNull();
    assertThat(sentence(numbers(1, -0.5)))
        .isEqualTo("the model is worse than always giving the mean (r2 -0.5000)" + ADVICE);
  }

  @Test
  void ofSeveralTargetsThoseThatAreWorseAreNamed() {
    assertThat(
            sentence(
                new SeveralMetrics(
                    List.of("p", "q", "r"),
                    List.of(numbers(1, -0.5), numbers(1, 0.5), numbers(1, -2)),
                    Double.NaN)))
        .isEqualTo(
            "the model is worse than always giving the mean of 'p' (r2 -0.5000), the mean of 'r'"
                + " (r2 -2.000)"
                + ADVICE);
    assertThat(
            sentence(
                new SeveralMetrics(
                    List.of("rain", "snow"),
                    List.of(classes(1, 2, 2, 5), classes(3, 0, 0, 7)),
                    0.6)))
        .contains("the most frequent class 'b' of 'rain' (accuracy 0.6000, not 0.7000); check");
    assertThat(sentence(new SeveralMetrics(List.of("p"), List.of(numbers(1, 0.5)), Double.NaN)))
        .isNull();
  }

  @Test
  void ofManyTargetsSomeAreCounted() {
    List<String> names = List.of("a", "b", "c", "d", "e", "f", "g");
    List<Metrics> each = Stream.generate(() -> numbers(1, -1)).limit(names.size()).toList();
    assertThat(sentence(new SeveralMetrics(names, each, Double.NaN)))
        .contains("the mean of 'e' (r2 -1.000) and 2 more; check")
        .doesNotContain("'f'");
  }

  @Test
  void adviceForAModelThatIsThereIsAnother() {
    assertThat(Baseline.sentence(numbers(1, -0.5), Baseline.Advice.OF_EVALUATION))
        .endsWith(
            "; check that the target (--target) and the columns hold what they held in training");
  }

  @Test
  void theRowsOfAllFoldsCountTogether() {
    Dataset data =
        Dataset.of(
            List.of("x"),
            new float[10][1],
            "y",
            new Target.Classes(List.of("a", "b"), new int[10]));
    // Of the rows of the second fold alone most are right.
    assertThat(Baseline.sentence(data, folds(classes(0, 1, 3, 1), classes(1, 0, 0, 4))))
        .isEqualTo(
            "the model is worse than always giving the most frequent class 'b' (accuracy 0.6000,"
                + " not 0.8000)"
                + ADVICE);
    assertThat(Baseline.sentence(data, folds(classes(0, 1, 0, 4), classes(0, 1, 0, 4)))).isNull();
  }

  @Test
  void ofFoldsTheErrorIsComparedWithTheVarianceOfAllRows() {
    Dataset data = Dataset.of(List.of("x"), new float[4][1], "y", new double[] {1, 2, 3, 4});
    // The variance is 1.25; what the few rows of a fold say of r2 does not count.
    assertThat(Baseline.sentence(data, folds(numbers(1, -9), numbers(0.5, -9)))).isNull();
    assertThat(Baseline.sentence(data, folds(numbers(2, 0.5), numbers(2, 0.5))))
        .contains("always giving the mean (r2 -2.200);");
    // Of the rows that count it is 2.25.
    assertThat(
            Baseline.sentence(
                data.withWeights(SampleWeights.of(1, 0, 0, 1)),
                folds(numbers(2, 0.5), numbers(2, 0.5))))
        .contains("always giving the mean (r2 -0.7778);");
    Dataset constant = Dataset.of(List.of("x"), new float[2][1], "y", new double[] {5, 5});
    assertThat(Baseline.sentence(constant, folds(numbers(2, 0), numbers(2, 0)))).isNull();
  }

  /** A fold whose rows weigh most decides. */
  @Test
  void foldsCountByTheirWeight() {
    Dataset data =
        Dataset.of(List.of("x"), new float[4][1], "y", new double[] {1, 2, 3, 4})
            .withWeights(SampleWeights.of(1, 1, 500, 500));
    // The variance is about a quarter.
    List<Baseline.Fold> folds =
        List.of(new Baseline.Fold(numbers(3, 0), 2), new Baseline.Fold(numbers(0.1, 0), 1000));
    assertThat(Baseline.sentence(data, folds)).isNull();
    assertThat(Baseline.sentence(data, folds(numbers(3, 0), numbers(0.1, 0))))
        .contains("always giving the mean");
  }

  private static List<Baseline.Fold> folds(Metrics... metrics) {
    return Arrays.stream(metrics).map(fold -> new Baseline.Fold(fold, 1)).toList();
  }

  @Test
  void ofFoldsEachTargetIsJudgedByItself() {
    Dataset data =
        new Dataset(
            Schema.numbers(List.of("x")),
            FloatTable.of(new float[4][1]),
            List.of("p", "q"),
            new Target.Several(
                List.of(
                    new Target.Numbers(new double[] {1, 2, 3, 4}),
                    new Target.Numbers(new double[] {10, 20, 30, 40}))),
            null);
    Metrics fold =
        new SeveralMetrics(
            List.of("p", "q"), List.of(numbers(2, 0.5), numbers(2, 0.5)), Double.NaN);
    assertThat(Baseline.sentence(data, folds(fold, fold)))
        .isEqualTo("the model is worse than always giving the mean of 'p' (r2 -2.200)" + ADVICE);
  }
}
