package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.FloatTable;

/** Models that former versions wrote, with what they predicted then. */
class FormerModelsTest {
  @TempDir Path folder;

  private Model model(String name) throws IOException {
    try (InputStream stream = FormerModelsTest.class.getResourceAsStream(name)) {
      return Model.load(Files.write(folder.resolve(name), stream.readAllBytes()));
    }
  }

  @Test
  void classesOfFormat1() throws IOException {
    Model model = model("format-1-classes.onnx");
    assertThat(model.featureNames()).containsExactly("x1", "x2");
    assertThat(model.classes()).containsExactly("0", "1");
    assertThat(model.provenance()).containsEntry("data", "planar.csv");
    FloatTable points =
        FloatTable.of(new float[][] {{1.2044423f, 3.5761142f}, {0.1587099f, -1.4821709f}});
    try (Backend backend = Backends.open("cpu")) {
      Predictions predictions = model.predict(backend, points);
      assertThat(predictions.probabilities(0))
          .containsExactly(new float[] {0.6394439f, 0.36055613f}, within(1e-6f));
      assertThat(predictions.label(1)).isEqualTo("1");
    }
  }

  @Test
  void aNumberOfFormat1() throws IOException {
    Model model = model("format-1-number.onnx");
    FloatTable points =
        FloatTable.of(new float[][] {{1.2044423f, 3.5761142f}, {0.1587099f, -1.4821709f}});
    try (Backend backend = Backends.open("cpu")) {
      Predictions predictions = model.predict(backend, points);
      assertThat(predictions.value(0)).isCloseTo(5.1179495, within(1e-5));
      assertThat(predictions.value(1)).isCloseTo(-2.2194684, within(1e-5));
    }
  }
}
