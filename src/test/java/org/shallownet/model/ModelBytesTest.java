package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.RegressionMetrics;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Models that are in no file, and what they say as text. */
class ModelBytesTest {
  @TempDir private Path folder;

  @Test
  void bytesAreThoseOfTheFile() throws IOException {
    Model model = Samples.small();
    Path file = folder.resolve("m.onnx");
    model.save(file);
    byte[] bytes = model.toBytes();
    assertThat(bytes).isEqualTo(Files.readAllBytes(file));
    assertThat(Model.load(bytes)).isEqualTo(model);
    assertThat(Model.load(new ByteArrayInputStream(bytes))).isEqualTo(model);
  }

  @Test
  void whatIsNoModelIsRefused() {
    byte[] bytes = Samples.small().toBytes();
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Model.load(new byte[0]))
        .withMessageStartingWith("the model is empty");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Model.load(Arrays.copyOf(bytes, bytes.length - 30)))
        .withMessageStartingWith("the model is");
  }

  @Test
  void predictionsAreReadable() {
    Model number = Samples.model(NetworkSpec.of(2, Output.IDENTITY_SQUARED_ERROR, 1), true);
    try (Backend backend = Backends.open("cpu")) {
      FloatTable rows = FloatTable.of(Samples.features(5, 2, 3));
      Predictions predictions = number.predict(backend, rows);
      assertThat(predictions.get(4))
          .isEqualTo(new Prediction.OfNumbers(Map.of("target", predictions.value(4))));
      assertThat(predictions)
          .asString()
          .matches(
              "predictions of 5 rows: target = [-.E0-9]+; target = [-.E0-9]+; target = [-.E0-9]+; …");
      Predictions classes = Samples.small().predict(backend, rows);
      assertThat(classes.get(0))
          .isEqualTo(
              new Prediction.OfClass(
                  classes.label(0),
                  Map.of(
                      classes.classes().get(0), (double) classes.probabilities(0)[0],
                      classes.classes().get(1), (double) classes.probabilities(0)[1])));
    }
  }

  @Test
  void metricsAreReadable() {
    assertThat(new RegressionMetrics(3, 1.25, 0.000123456, Double.NaN))
        .hasToString("rmse 1.25, mae 0.0001235, r2 NaN");
    assertThat(
            new ClassificationMetrics(
                List.of("a", "b", "c"), List.of(), List.of(), 0.93124, 12345.6, 1, 0, 0.5, 0.5))
        .hasToString("accuracy 0.9312, log_loss 12350, precision 1, recall 0, f1 0.5");
  }
}
