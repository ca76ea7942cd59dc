package org.shallownet.model.importance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.model.Model;
import org.shallownet.model.importance.PermutationImportance.Column;
import org.shallownet.model.importance.PermutationImportance.Settings;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class PermutationImportanceTest {
  private static final int ROWS = 2_000;

  /** y = 2 a, whatever b is. */
  private static Model model() {
    NetworkSpec spec = NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 1);
    Weights weights = Weights.of(spec, new float[] {2, 0, 0});
    return new Model(
        weights, Task.REGRESSION, List.of("a", "b"), "y", List.of(), null, null, Map.of());
  }

  private static Dataset data() {
    SplittableRandom random = new SplittableRandom(7);
    float[][] features = new float[ROWS][2];
    double[] targets = new double[ROWS];
    for (int row = 0; row < ROWS; row++) {
      features[row][0] = (float) random.nextDouble();
      features[row][1] = (float) random.nextDouble();
      targets[row] = 2 * features[row][0];
    }
    return Dataset.of(List.of("a", "b"), features, "y", targets);
  }

  private static PermutationImportance measure(Settings settings) {
    try (Backend backend = Backends.open("cpu")) {
      return PermutationImportance.of(backend, model(), data(), settings);
    }
  }

  @Test
  void aColumnThatIsNotUsedHasNone() {
    PermutationImportance importance = measure(new Settings("", 4, 1, 10_000));
    assertThat(importance.metric()).isEqualTo("rmse");
    assertThat(importance.score()).isZero();
    assertThat(importance.columns()).extracting(Column::name).containsExactly("a", "b");
    // The difference of two uniform numbers has the deviation √(1/6); y is twice that.
    assertThat(importance.columns().get(0).mean()).isCloseTo(2 * Math.sqrt(1 / 6.0), within(0.03));
    assertThat(importance.columns().get(0).deviation()).isBetween(1e-6, 0.05);
    assertThat(importance.columns().get(1).mean()).isZero();
    assertThat(importance.columns().get(1).deviation()).isZero();
  }

  @Test
  void whatModelsSayTogetherIsTheirMean() {
    PermutationImportance one =
        new PermutationImportance(
            "rmse", 2, 30, 1, List.of(new Column("a", 4, Double.NaN), new Column("b", 1, 0)));
    PermutationImportance other =
        new PermutationImportance(
            "rmse", 3, 20, 1, List.of(new Column("b", 7, Double.NaN), new Column("a", 2, 0)));
    assertThat(PermutationImportance.together(List.of(one, other)))
        .isEqualTo(
            new PermutationImportance(
                "rmse",
                2.5,
                50,
                1,
                List.of(new Column("b", 4, Math.sqrt(18)), new Column("a", 3, Math.sqrt(2)))));
    assertThat(PermutationImportance.together(List.of(one)).columns().get(0).deviation()).isNaN();
    PermutationImportance without =
        new PermutationImportance("rmse", 1, 9, 1, List.of(new Column("a", 1, 0)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PermutationImportance.together(List.of(one, without)))
        .withMessage("there is no column 'b'");
  }

  @Test
  void scoresFallAndErrorsRise() {
    PermutationImportance importance = measure(new Settings("r2", 3, 1, 10_000));
    assertThat(importance.score()).isEqualTo(1);
    // Of shuffled predictions R² is 1 - 2 = -1.
    assertThat(importance.columns().get(0).mean()).isCloseTo(2, within(0.15));
  }

  @Test
  void theSeedDecides() {
    Settings settings = new Settings("", 2, 5, 300);
    PermutationImportance importance = measure(settings);
    assertThat(importance.rows()).isEqualTo(300);
    assertThat(importance).isEqualTo(measure(settings));
    assertThat(importance).isNotEqualTo(measure(new Settings("", 2, 6, 300)));
    assertThat(measure(new Settings("", 1, 1, 300)).columns().get(0).deviation()).isNaN();
  }

  /** Where x is 1,000, e to its power is no number any more. */
  private static PermutationImportance ofCounts(float... x) {
    NetworkSpec spec = NetworkSpec.of(2, Output.EXPONENTIAL_POISSON, 1);
    Model model =
        new Model(
            Weights.of(spec, new float[] {1, 1, 0}),
            Task.REGRESSION,
            List.of("a", "b"),
            "y",
            List.of(),
            null,
            null,
            Map.of());
    float[][] features = new float[x.length][2];
    for (int row = 0; row < x.length; row++) {
      // Together always 1, but for what is left over.
      features[row][0] = x[row];
      features[row][1] = row % 2 == 0 ? 1 - x[row] : 1 - x[row] + 0.5f;
    }
    Dataset data = Dataset.of(List.of("a", "b"), features, "y", new double[x.length]);
    try (Backend backend = Backends.open("cpu")) {
      return PermutationImportance.of(backend, model, data, new Settings("rmse", 3, 1, 100));
    }
  }

  @Test
  void aColumnWhoseShufflingOverflowsIsInfinitelyImportant() {
    PermutationImportance importance = ofCounts(1000, 0, 0, 0, 0, 0, 0, 0);
    assertThat(importance.score()).isFinite();
    assertThat(importance.columns())
        .allSatisfy(
            column -> {
              assertThat(column.mean()).isEqualTo(Double.POSITIVE_INFINITY);
              assertThat(column.deviation()).isNaN();
            });
  }

  @Test
  void anInfiniteMetricOfTheRowsAsTheyAreIsRefused() {
    NetworkSpec spec = NetworkSpec.of(1, Output.EXPONENTIAL_POISSON, 1);
    Model model =
        new Model(
            Weights.of(spec, new float[] {1, 0}),
            Task.REGRESSION,
            List.of("a"),
            "y",
            List.of(),
            null,
            null,
            Map.of());
    Dataset data =
        Dataset.of(List.of("a"), new float[][] {{1000}, {1}, {2}}, "y", new double[] {1, 2, 3});
    try (Backend backend = Backends.open("cpu")) {
      assertThatThrownBy(
              () -> PermutationImportance.of(backend, model, data, new Settings("", 2, 1, 100)))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("rmse is infinite on these rows as they are, since");
    }
  }

  @Test
  void anUnknownMetricIsNamedWithThoseThatAreThere() {
    assertThatThrownBy(() -> measure(new Settings("auc", 1, 1, 10)))
        .isInstanceOf(DataException.class)
        .hasMessage("there is no metric 'auc' here; choose one of rmse, mae, r2");
  }
}
