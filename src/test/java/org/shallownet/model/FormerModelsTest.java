package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.features.FloatTable;

/** Models that former versions wrote, with what they predicted then. */
class FormerModelsTest {
  private static final float NAN = Float.NaN;

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

  @Test
  void columnsOfFormat2() throws IOException {
    Model model = model("format-2-columns.onnx");
    assertThat(model.featureNames()).containsExactly("height", "colour");
    assertThat(model.classes()).containsExactly("A", "B", "C");
    FloatTable rows =
        FloatTable.of(new float[][] {{181.5f, code(model, "red")}, {Float.NaN, 0}, {165, NAN}});
    try (Backend backend = Backends.open("cpu")) {
      Predictions predictions = model.predict(backend, rows);
      assertThat(predictions.probabilities(0))
          .containsExactly(new float[] {0.4450105f, 0.08958911f, 0.46540037f}, within(1e-6f));
      assertThat(predictions.probabilities(1))
          .containsExactly(new float[] {0.19531842f, 0.72565037f, 0.07903124f}, within(1e-6f));
      assertThat(predictions.probabilities(2))
          .containsExactly(new float[] {0.08215634f, 0.14317968f, 0.774664f}, within(1e-6f));
    }
  }

  /** The code of a word of the model's second column. */
  private static float code(Model model, String word) {
    Column.Category category = (Column.Category) model.preprocessing().schema().columns().get(1);
    return category.levels().indexOf(word);
  }

  @Test
  void severalNumbersOfFormat3() throws IOException {
    Model model = model("format-3-numbers.onnx");
    assertThat(model.targetNames()).containsExactly("p", "q");
    try (Backend backend = Backends.open("cpu")) {
      Predictions predictions =
          model.predict(backend, FloatTable.of(new float[][] {{0.5f, -1.25f}, {2, 0.75f}}));
      assertThat(predictions.value(0)).isCloseTo(1.8625008, within(1e-5));
      assertThat(predictions.value(0, 1)).isCloseTo(1000.5748287, within(1e-4));
      assertThat(predictions.value(1)).isCloseTo(3.174758, within(1e-5));
      assertThat(predictions.value(1, 1)).isCloseTo(999.9657759, within(1e-4));
    }
  }

  @Test
  void aFlippedBitOfAFormerModelIsFound() throws IOException {
    for (String name : List.of("format-1-classes.onnx", "format-2-columns.onnx")) {
      Path file = folder.resolve(name);
      try (InputStream stream = FormerModelsTest.class.getResourceAsStream(name)) {
        Files.write(file, stream.readAllBytes());
      }
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i < bytes.length; i += 7) {
        bytes[i] ^= 4;
        assertThatThrownBy(() -> ModelFile.parse(bytes, file)).isInstanceOf(DataException.class);
        bytes[i] ^= 4;
      }
    }
  }
}
