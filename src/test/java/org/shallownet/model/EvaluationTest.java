package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

class EvaluationTest {
  private static final FloatTable LOGITS =
      FloatTable.of(new float[][] {{-2}, {1}, {-0.5f}, {3}, {40}});

  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu");
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  private static Model model(
      NetworkSpec spec,
      float[] weights,
      Task task,
      List<String> features,
      List<String> classes,
      @Nullable TargetScale scale) {
    return new Model(Weights.of(spec, weights), task, features, "", classes, null, scale, Map.of());
  }

  private static Model logistic(List<String> features, List<String> classes) {
    NetworkSpec spec = NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1);
    return model(spec, new float[] {1, 0}, Task.BINARY, features, classes, null);
  }

  private static Dataset data(Target target) {
    return new Dataset(List.of("z"), LOGITS, "y", target);
  }

  private static Target.Classes classes(List<String> names, int... codes) {
    return new Target.Classes(names, codes);
  }

  @Test
  void logLossIsTakenFromLogits() {
    Model model = logistic(List.of("z"), List.of("no", "yes"));
    ClassificationMetrics metrics =
        (ClassificationMetrics)
            model.evaluate(backend, data(classes(List.of("no", "yes"), 0, 0, 1, 1, 0)));
    // -log of the sigmoid of 2, -1, -0.5, 3, -40; float32 rounds the last probability to 0.
    double expected =
        (0.1269280110429726 + 1.3132616875182228 + 0.9740769841801067 + 0.048587351573742 + 40) / 5;
    assertThat(metrics.logLoss()).isEqualTo(expected, within(1e-9));
    assertThat(metrics.accuracy()).isEqualTo(0.4);
    assertThat(metrics.confusion()).containsExactly(List.of(1L, 2L), List.of(1L, 1L));
    assertThat(metrics.auc()).isEqualTo(3.0 / 6, within(1e-12));
  }

  @Test
  void classesAreMatchedByName() {
    Model model = logistic(List.of("z"), List.of("no", "yes"));
    Metrics straight = model.evaluate(backend, data(classes(List.of("no", "yes"), 0, 1, 0, 1, 1)));
    Metrics swapped = model.evaluate(backend, data(classes(List.of("yes", "no"), 1, 0, 1, 0, 0)));
    assertThat(swapped).isEqualTo(straight);
    assertThat(straight.asMap()).containsEntry("accuracy", 1.0);
    assertThatThrownBy(
            () -> model.evaluate(backend, data(classes(List.of("no", "maybe"), 0, 1, 0, 1, 1))))
        .isInstanceOf(DataException.class)
        .hasMessage("class 'maybe' of column 'y' is none of the model's classes [no, yes]");
  }

  @Test
  void aModelWithoutNamesTakesTheDatas() {
    Model foreign = logistic(List.of(), List.of());
    ClassificationMetrics metrics =
        (ClassificationMetrics)
            foreign.evaluate(backend, data(classes(List.of("a", "b"), 0, 1, 0, 1, 1)));
    assertThat(metrics.classes()).containsExactly("a", "b");
    assertThat(metrics.accuracy()).isEqualTo(1);
    assertThatThrownBy(
            () -> foreign.evaluate(backend, data(classes(List.of("a", "b", "c"), 0, 1, 2, 1, 1))))
        .isInstanceOf(DataException.class)
        .hasMessage("the model tells 2 classes apart, but column 'y' has 3");
  }

  @Test
  void aSoftmaxOverTwoOutputsIsTheSigmoidOfTheirDifference() {
    NetworkSpec spec = NetworkSpec.of(1, Output.SOFTMAX_CROSS_ENTROPY, 2);
    Model softmax =
        model(spec, new float[] {-0.5f, 0.5f, 0, 0}, Task.BINARY, List.of(), List.of(), null);
    Target.Classes target = classes(List.of("no", "yes"), 0, 0, 1, 1, 0);
    Map<String, Double> one = softmax.evaluate(backend, data(target)).asMap();
    Map<String, Double> other =
        logistic(List.of(), List.of()).evaluate(backend, data(target)).asMap();
    assertThat(one.keySet()).isEqualTo(other.keySet());
    one.forEach((name, value) -> assertThat(value).isEqualTo(other.get(name), within(1e-6)));
  }

  @Test
  void regressionIsInTheTargetsUnits() {
    NetworkSpec spec = NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 1);
    Model model =
        model(
            spec,
            new float[] {1, 0},
            Task.REGRESSION,
            List.of("z"),
            List.of(),
            new TargetScale(100, 10));
    Target target = new Target.Numbers(new double[] {80, 110, 95, 130, 504});
    Metrics metrics = model.evaluate(backend, data(target));
    assertThat(metrics.rows()).isEqualTo(5);
    assertThat(metrics.asMap().get("rmse")).isEqualTo(4 / Math.sqrt(5), within(1e-5));
    assertThat(metrics.asMap().get("mae")).isEqualTo(0.8, within(1e-5));
  }

  @Test
  void featuresAndTaskMustFit() {
    Target.Classes target = classes(List.of("no", "yes"), 0, 0, 1, 1, 0);
    assertThatThrownBy(() -> logistic(List.of("x"), List.of()).evaluate(backend, data(target)))
        .isInstanceOf(DataException.class)
        .hasMessage("the model needs feature 'x', which the data lacks; it has 'z'");
    Target numbers = new Target.Numbers(new double[5]);
    assertThatThrownBy(() -> logistic(List.of(), List.of()).evaluate(backend, data(numbers)))
        .isInstanceOf(DataException.class)
        .hasMessage("the model predicts classes, but column 'y' holds numbers");
    NetworkSpec linear = NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 2);
    Model twoNumbers = model(linear, new float[4], Task.REGRESSION, List.of(), List.of(), null);
    assertThatThrownBy(() -> twoNumbers.evaluate(backend, data(target)))
        .hasMessage("the model predicts numbers, but column 'y' holds classes");
    assertThatThrownBy(() -> twoNumbers.evaluate(backend, data(numbers)))
        .hasMessage("the model predicts 2 targets for a row, but the data has 1, y");
  }

  /** Row by row the same as the rows repeated. */
  @Test
  void weightsCountAsRows() {
    Model model = logistic(List.of("z"), List.of("no", "yes"));
    Dataset data = data(classes(List.of("no", "yes"), 0, 0, 1, 1, 0));
    Dataset weighted = data.withWeights(SampleWeights.of(2, 1, 3, 0, 1));
    requireClose(
        model.evaluate(backend, weighted),
        model.evaluate(backend, data.select(0, 0, 1, 2, 2, 2, 4)));
    assertThat(model.evaluate(backend, weighted).rows()).isEqualTo(5);
    NetworkSpec spec = NetworkSpec.of(1, Output.SOFTMAX_CROSS_ENTROPY, 3);
    Model three =
        model(
            spec,
            new float[] {-0.5f, 0.5f, 0.1f, 0, 0, 0},
            Task.MULTICLASS,
            List.of("z"),
            List.of("a", "b", "c"),
            null);
    Dataset several = data(classes(List.of("a", "b", "c"), 0, 2, 1, 1, 2));
    requireClose(
        three.evaluate(backend, several.withWeights(SampleWeights.of(1, 0, 2, 1, 2))),
        three.evaluate(backend, several.select(0, 2, 2, 3, 4, 4)));
    Model line =
        model(
            NetworkSpec.of(1, Output.IDENTITY_SQUARED_ERROR, 1),
            new float[] {1, 0},
            Task.REGRESSION,
            List.of("z"),
            List.of(),
            new TargetScale(100, 10));
    Dataset numbers = data(new Target.Numbers(new double[] {80, 110, 95, 130, 504}));
    requireClose(
        line.evaluate(backend, numbers.withWeights(SampleWeights.of(0, 3, 2, 1, 1))),
        line.evaluate(backend, numbers.select(1, 1, 1, 2, 2, 3, 4)));
  }

  private static void requireClose(Metrics found, Metrics expected) {
    expected
        .asMap()
        .forEach(
            (name, value) ->
                assertThat(found.asMap().get(name)).as(name).isEqualTo(value, within(1e-12)));
  }

  @Test
  void rowsThatAllWeighNothingAreRefused() {
    Model model = logistic(List.of("z"), List.of("no", "yes"));
    Dataset data =
        data(classes(List.of("no", "yes"), 0, 0, 1, 1, 0))
            .withWeights(SampleWeights.of(2, 1, 3, 0, 0))
            .select(3, 4);
    assertThatThrownBy(() -> model.evaluate(backend, data))
        .isInstanceOf(DataException.class)
        .hasMessage("all rows have weight 0, so that none counts; give some a weight above 0");
  }
}
