package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.SeveralMetrics;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Models of several targets: their files, their judge, their metrics. */
class SeveralTargetsModelTest {
  @TempDir Path folder;

  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu");
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  private static final float[][] ROWS = {{-2, 0}, {0.5f, 1}, {3, -1}, {0, 0}};

  /** Logits {@code x} and {@code y - x}. */
  private static Model yesNo() {
    NetworkSpec spec = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 2);
    return new Model(
        Weights.of(spec, new float[] {1, 0, -1, 1, 0, 0}),
        Task.MULTILABEL,
        Preprocessing.ofNumbers(List.of("x", "y"), null),
        List.of("spam", "late"),
        List.of("0", "1", "no", "yes"),
        null,
        Map.of());
  }

  private static Model numbers() {
    NetworkSpec spec =
        NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 2).withHidden(2, Activation.RELU);
    float[] weights = {1, 0, 0, 1, 0, 0, 1, 2, -1, 1, 0.5f, 0};
    return new Model(
        Weights.of(spec, weights),
        Task.REGRESSION,
        Preprocessing.ofNumbers(List.of("x", "y"), null),
        List.of("a", "b"),
        List.of(),
        new TargetScale(List.of(1e6, -3.0), List.of(10.0, 0.5)),
        Map.of());
  }

  @Test
  void answersAreTheSameInOnnxRuntime() throws Exception {
    Path file = folder.resolve("m.onnx");
    yesNo().save(file);
    Model loaded = Model.load(file);
    assertThat(loaded).isEqualTo(yesNo());
    Predictions predictions = loaded.predict(backend, FloatTable.of(ROWS));
    try (Judge judge = new Judge(Files.readAllBytes(file))) {
      Map<String, Object> outputs = judge.score(ROWS);
      float[][] probabilities = (float[][]) outputs.get("probabilities");
      String[][] labels = (String[][]) outputs.get("label");
      for (int row = 0; row < ROWS.length; row++) {
        assertThat(predictions.probabilities(row))
            .containsExactly(probabilities[row], within(1e-6f));
        for (int k = 0; k < 2; k++) {
          assertThat(predictions.label(row, k)).isEqualTo(labels[row][k]);
        }
      }
      // Half and half is no.
      assertThat(labels[3]).containsExactly("0", "no");
      assertThat(labels[2]).containsExactly("1", "no");
    }
    assertThatThrownBy(() -> predictions.label(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void numbersAreTheSameInOnnxRuntime() throws Exception {
    Path file = folder.resolve("m.onnx");
    numbers().save(file);
    Model loaded = Model.load(file);
    assertThat(loaded).isEqualTo(numbers());
    assertThat(loaded.targetNames()).containsExactly("a", "b");
    Predictions predictions = loaded.predict(backend, FloatTable.of(ROWS));
    assertThat(predictions.value(1, 0)).isEqualTo(1e6 + 10 * (0.5 + 2 + 0.5));
    assertThat(predictions.value(1, 1)).isEqualTo(-3 + 0.5 * (-0.5 + 1));
    try (Judge judge = new Judge(Files.readAllBytes(file))) {
      float[][] scored = (float[][]) judge.score(ROWS).get("prediction");
      for (int row = 0; row < ROWS.length; row++) {
        for (int k = 0; k < 2; k++) {
          double value = predictions.value(row, k);
          assertThat((double) scored[row][k])
              .isEqualTo(value, within(1e-6 * Math.max(1, Math.abs(value))));
        }
      }
    }
  }

  @Test
  void metricsOfEachTargetAndOfAll() {
    Target.Classes spam = new Target.Classes(List.of("0", "1"), new int[] {0, 1, 0, 0});
    Target.Classes late = new Target.Classes(List.of("no", "yes"), new int[] {1, 1, 0, 1});
    SeveralMetrics metrics = (SeveralMetrics) yesNo().evaluate(backend, data(spam, late));
    // Row 2 is called spam, row 3 is not called late.
    assertThat(metrics.exact()).isEqualTo(0.5);
    assertThat(metrics.asMap())
        .containsEntry("accuracy", 0.5)
        .containsEntry("label_accuracy", 0.75);
    ClassificationMetrics first = (ClassificationMetrics) metrics.each().get(0);
    assertThat(first.confusion()).containsExactly(List.of(2L, 1L), List.of(0L, 1L));
    double softplus2 = Math.log1p(Math.exp(-2));
    double half = Math.log1p(Math.exp(-0.5));
    double three = Math.log1p(Math.exp(3));
    assertThat(first.logLoss())
        .isEqualTo((softplus2 + half + three + Math.log(2)) / 4, within(1e-9));
    double secondF1 = 2 * 2.0 / (3 + 2);
    assertThat(metrics.asMap().get("f1")).isEqualTo((2.0 / 3 + secondF1) / 2, within(1e-12));

    SeveralMetrics ofNumbers =
        (SeveralMetrics)
            numbers()
                .evaluate(
                    backend,
                    data(
                        new Target.Numbers(new double[] {1e6 + 5, 1e6 + 33, 1e6 + 35, 1e6 + 5}),
                        new Target.Numbers(new double[] {-3, -2.75, -4.5, -3})));
    assertThat(ofNumbers.each().get(0).asMap().get("rmse")).isEqualTo(1.5, within(1e-6));
    assertThat(ofNumbers.each().get(1).asMap().get("rmse")).isZero();
    assertThat(ofNumbers.asMap().get("rmse")).isEqualTo(0.75, within(1e-6));
    assertThat(ofNumbers.asMap().get("mae")).isEqualTo(0.375, within(1e-6));
  }

  /** Row by row the same as the rows repeated. */
  @Test
  void weightsCountAsRows() {
    Dataset labels =
        data(
            new Target.Classes(List.of("0", "1"), new int[] {0, 1, 0, 0}),
            new Target.Classes(List.of("no", "yes"), new int[] {1, 1, 0, 1}));
    Dataset values =
        data(
            new Target.Numbers(new double[] {1e6 + 5, 1e6 + 33, 1e6 + 35, 1e6 + 5}),
            new Target.Numbers(new double[] {-3, -2.5, -4.5, -1}));
    SampleWeights weights = SampleWeights.of(0, 2, 3, 1);
    long[] rows = {1, 1, 2, 2, 2, 3};
    requireClose(
        yesNo().evaluate(backend, labels.withWeights(weights)),
        yesNo().evaluate(backend, labels.select(rows)));
    requireClose(
        numbers().evaluate(backend, values.withWeights(weights)),
        numbers().evaluate(backend, values.select(rows)));
  }

  private static void requireClose(Metrics found, Metrics expected) {
    assertThat(found.asMap().keySet()).isEqualTo(expected.asMap().keySet());
    expected
        .asMap()
        .forEach(
            (name, value) ->
                assertThat(found.asMap().get(name)).as(name).isEqualTo(value, within(1e-12)));
  }

  private static Dataset data(Target... columns) {
    Dataset numbers = new Dataset(List.of("x", "y"), FloatTable.of(ROWS), "y", columns[0]);
    return new Dataset(
        numbers.schema(),
        numbers.features(),
        List.of("first", "second"),
        new Target.Several(List.of(columns)),
        null);
  }

  @Test
  void targetsMustFit() {
    Target.Numbers column = new Target.Numbers(new double[4]);
    assertThatThrownBy(() -> yesNo().evaluate(backend, data(column, column)))
        .hasMessage("the model predicts classes, but column 'first, second' holds numbers");
    Target.Classes other = new Target.Classes(List.of("n", "y"), new int[4]);
    assertThatThrownBy(() -> yesNo().evaluate(backend, data(other, other)))
        .hasMessageContaining("are not the model's [0, 1]");
    assertThatThrownBy(
            () ->
                new Model(
                    yesNo().weights(),
                    Task.MULTILABEL,
                    yesNo().preprocessing(),
                    List.of("one"),
                    List.of(),
                    null,
                    Map.of()))
        .hasMessage("1 names for 2 targets");
  }
}
