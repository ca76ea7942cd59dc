package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Our predictions against those of ONNX Runtime on our files. */
class PredictorTest {
  private static Backend backend;
  @TempDir Path directory;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu");
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  @ParameterizedTest
  @EnumSource(Output.class)
  void anOnnxRuntimeScoresRawFeaturesAsWeDo(Output output) throws Exception {
    int outputs = output == Output.SOFTMAX_CROSS_ENTROPY ? 3 : 1;
    NetworkSpec plain = NetworkSpec.of(4, output, outputs);
    List<NetworkSpec> specs = new ArrayList<>(List.of(plain));
    for (Activation activation : Activation.values()) {
      specs.add(plain.withHidden(6, activation));
    }
    specs.add(plain.withHidden(5, Activation.RELU).withHidden(7, Activation.TANH));
    float[][] features = Samples.features(50, 4, 1);
    for (NetworkSpec spec : specs) {
      for (boolean preprocessed : new boolean[] {true, false}) {
        compare(Samples.model(spec, preprocessed), features);
      }
    }
  }

  private void compare(Model model, float[][] features) throws Exception {
    Path file = directory.resolve("model.onnx");
    model.save(file);
    Predictions ours = model.predict(backend, FloatTable.of(features));
    assertThat(ours.rows()).isEqualTo(features.length);
    try (Judge judge = new Judge(Files.readAllBytes(file))) {
      Map<String, Object> theirs = judge.score(features);
      for (int r = 0; r < features.length; r++) {
        if (model.task() == Task.REGRESSION) {
          float expected = ((float[][]) theirs.get("prediction"))[r][0];
          float scale = Math.max(1, Math.abs(expected));
          assertThat(ours.value(r)).isCloseTo(expected, within(1e-5 * scale));
        } else {
          float[] expected = ((float[][]) theirs.get("probabilities"))[r];
          assertThat(ours.probabilities(r)).containsExactly(expected, within(1e-5f));
          assertThat(ours.label(r)).isEqualTo(((String[]) theirs.get("label"))[r]);
        }
      }
    }
  }

  /** A logistic regression whose logit is its feature. */
  private static Model logit() {
    NetworkSpec spec = NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1);
    return new Model(
        Weights.of(spec, new float[] {1, 0}),
        Task.BINARY,
        List.of("z"),
        "y",
        List.of("no", "yes"),
        null,
        null,
        Map.of());
  }

  @Test
  void theFirstOfEquallyProbableClassesIsChosenAsInTheFile() throws Exception {
    float[][] features = {{0}, {1e-9f}, {-1e-9f}, {1e-3f}, {-1e-3f}, {200}, {-200}};
    compare(logit(), features);
    Predictions predictions = logit().predict(backend, FloatTable.of(features));
    assertThat(predictions.label(0)).isEqualTo("no");
    assertThat(predictions.label(3)).isEqualTo("yes");
    assertThat(predictions.probabilities(5)).containsExactly(0, 1);
    assertThat(predictions.classes()).containsExactly("no", "yes");
  }

  @Test
  void manyRowsGoThroughInPieces() {
    int rows = 40_000;
    float[][] features = new float[rows][1];
    for (int r = 0; r < rows; r++) {
      features[r][0] = r % 1000 - 500;
    }
    long[] next = {0};
    int[] pieces = {0};
    try (Predictor predictor = new Predictor(backend, wide())) {
      assertThat(predictor.columns()).isEqualTo(2);
      predictor.score(
          FloatTable.of(features),
          (first, count, values) -> {
            assertThat(first).isEqualTo(next[0]);
            for (int r = 0; r < count; r++) {
              float z = features[(int) first + r][0];
              if (z != 0 && (values[2 * r + 1] > 0.5f) != (z > 0)) {
                throw new AssertionError("row " + (first + r) + ": " + values[2 * r + 1]);
              }
            }
            next[0] += count;
            pieces[0]++;
          });
    }
    assertThat(next[0]).isEqualTo(rows);
    assertThat(pieces[0]).isGreaterThan(1);
  }

  /** As {@link #logit}, through a hidden layer so wide that the rows don't fit one piece. */
  private static Model wide() {
    NetworkSpec spec =
        NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(256, Activation.IDENTITY);
    float[] values = new float[spec.parameterCount()];
    Arrays.fill(values, spec.weightsOffset(1), spec.biasOffset(1), 0.0625f);
    Arrays.fill(values, spec.weightsOffset(2), spec.biasOffset(2), 0.0625f);
    return new Model(
        Weights.of(spec, values), Task.BINARY, List.of(), "", List.of(), null, null, Map.of());
  }

  @Test
  void theNumberOfFeaturesMustFit() {
    assertThatThrownBy(() -> logit().predict(backend, FloatTable.of(new float[][] {{1, 2}})))
        .isInstanceOf(DataException.class)
        .hasMessage("the model reads 1 feature, but the data has 2");
  }

  @Test
  void askingForTheWrongKindOfResultIsAnError() {
    FloatTable one = FloatTable.of(new float[][] {{1, 2, 3, 4}});
    Predictions numbers =
        Samples.model(NetworkSpec.of(4, Output.IDENTITY_SQUARED_ERROR, 2), false)
            .predict(backend, one);
    assertThatThrownBy(() -> numbers.probabilities(0)).isInstanceOf(IllegalStateException.class);
    assertThat(numbers.value(0, 1)).isNotEqualTo(numbers.value(0, 0));
    assertThatThrownBy(() -> numbers.value(0, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    Predictions classes = logit().predict(backend, FloatTable.of(new float[][] {{1}}));
    assertThatThrownBy(() -> classes.value(0)).isInstanceOf(IllegalStateException.class);
  }
}
