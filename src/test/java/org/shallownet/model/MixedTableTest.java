package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.model.preprocessing.PreprocessingGraph;
import org.shallownet.network.Activation;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingSettings;

/** Tables of numbers and words with missing cells, from the file to ONNX Runtime. */
class MixedTableTest {
  private static Backend backend;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu");
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  /** A table with a column of each kind; columns have names that the graph has, too. */
  private Path table(int rows, long seed, boolean extra) throws IOException {
    Random random = new Random(seed);
    String[] cities = {"Köln", "Paris", "New York", "München", "北京"};
    StringBuilder text = new StringBuilder("age,label,W1,city,color\n");
    for (int r = 0; r < rows; r++) {
      double age = 20 + 60 * random.nextDouble();
      String city = cities[random.nextInt(extra ? 5 : 4)];
      boolean member = random.nextBoolean();
      String color = random.nextInt(5) == 0 ? "" : random.nextBoolean() ? "red" : "blue";
      text.append(random.nextInt(6) == 0 ? "?" : Float.toString((float) age)).append(',');
      // Some spell it in other ways, and some in one that no one does.
      String spelled = !extra || r % 3 > 0 ? "True" : r % 50 == 9 ? "tRuE" : "TRUE";
      text.append(member ? spelled : "False").append(',');
      text.append((float) random.nextGaussian()).append(',');
      text.append(r % 90 == 3 ? "rare" + r : city).append(',').append(color);
      text.append(age + (member ? 20 : 0) > 60 ? ",yes\n" : ",no\n");
    }
    String withTarget = text.toString().replaceFirst("color\n", "color,t\n");
    return Files.writeString(folder.resolve("t" + seed + ".csv"), withTarget);
  }

  private static Model train(Dataset data, int epochs) {
    return new Trainer(backend, TrainingSettings.defaults().withEpochs(epochs))
        .fit(data.network().withHidden(8, Activation.TANH), data, null)
        .model();
  }

  @Test
  void kindsAreFound() throws IOException {
    Dataset data = Dataset.read(table(400, 1, false), "t");
    assertThat(data.schema().columns())
        .containsExactly(
            new Column.Numeric("age", true),
            new Column.Category("label", List.of("False", "True"), false, false, true),
            new Column.Numeric("W1", false),
            new Column.Category(
                "city", List.of("Köln", "München", "New York", "Paris"), true, false, false),
            new Column.Category("color", List.of("blue", "red"), false, true, false));
    // Two numbers, whether one is missing, a boolean, four cities and others, two colours or none.
    assertThat(data.schema().inputs()).isEqualTo(2 + 1 + 1 + 5 + 3);
  }

  /** What is learned can be told apart only by the columns that are not plain numbers. */
  @Test
  void wordsAndMissingCellsHelp() throws IOException {
    Dataset data = Dataset.read(table(2000, 2, false), "t");
    Model model = train(data, 30);
    Model blind =
        train(
            Dataset.read(
                table(2000, 2, false), TableOptions.target("t").withIgnored(List.of("label"))),
            30);
    double all = model.evaluate(backend, data).asMap().get("accuracy");
    double fewer = blind.evaluate(backend, data).asMap().get("accuracy");
    assertThat(all).isGreaterThan(0.9).isGreaterThan(fewer + 0.05);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 3000})
  void onnxRuntimePredictsTheSameOfRawColumns(int rows) throws Exception {
    Model model = train(Dataset.read(table(500, 3, false), "t"), 3);
    Path file = folder.resolve("m.onnx");
    model.save(file);
    Model loaded = Model.load(file);
    assertThat(loaded.preprocessing()).isEqualTo(model.preprocessing());
    assertThat(loaded.weights()).isEqualTo(model.weights());

    Path fresh = table(rows, 4, true);
    Table read =
        Table.read(fresh, TableOptions.target("t").forModel(loaded.preprocessing().schema(), null));
    Predictions ours = loaded.predict(backend, read.features());
    Map<String, Object> theirs = judge(file, fresh, loaded.preprocessing().schema());
    for (int r = 0; r < rows; r++) {
      assertThat(ours.probabilities(r))
          .containsExactly(((float[][]) theirs.get("probabilities"))[r], within(1e-5f));
      assertThat(ours.label(r)).isEqualTo(((String[]) theirs.get("label"))[r]);
    }
    if (rows == 3000) {
      assertThat(read.unknown().keySet()).containsExactlyInAnyOrder("city", "label");
      long unknown =
          Files.readAllLines(fresh).stream()
              .filter(line -> line.contains("北京") || line.contains("rare"))
              .count();
      assertThat(read.unknown().get("city")).isEqualTo(unknown);
    }
  }

  /** What ONNX Runtime says of the file's cells as they are, but for the quotes of CSV. */
  private static Map<String, Object> judge(Path model, Path table, Schema schema)
      throws OrtException, IOException {
    List<String> lines = Files.readAllLines(table);
    List<String> names = List.of(lines.get(0).split(","));
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(model.toString())) {
      Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
      List<String> inputNames = PreprocessingGraph.inputNames(schema.names());
      assertThat(session.getInputNames()).containsExactlyElementsOf(inputNames);
      for (int c = 0; c < inputNames.size(); c++) {
        Column column = schema.columns().get(c);
        int place = names.indexOf(column.name());
        String[][] words = new String[lines.size() - 1][1];
        float[][] numbers = new float[words.length][1];
        for (int r = 0; r < words.length; r++) {
          words[r][0] = lines.get(r + 1).split(",", -1)[place];
          if (column instanceof Column.Numeric) {
            numbers[r][0] = words[r][0].equals("?") ? Float.NaN : Float.parseFloat(words[r][0]);
          }
        }
        inputs.put(
            inputNames.get(c),
            OnnxTensor.createTensor(
                environment, column instanceof Column.Numeric ? numbers : words));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return Map.of(
            "probabilities", result.get("probabilities").orElseThrow().getValue(),
            "label", result.get("label").orElseThrow().getValue());
      }
    }
  }

  /** Whatever columns are called, their inputs have names of their own. */
  @Test
  void inputsAreNamedAsColumnsUnlessTheGraphHasThatName() {
    List<String> columns =
        List.of("feature_age", "target_b", "column0_words", "W1", "W1_input", "label", "x", "ü");
    List<String> inputs = PreprocessingGraph.inputNames(columns);
    assertThat(inputs)
        .doesNotHaveDuplicates()
        .containsExactly(
            "feature_age",
            "target_b",
            "column0_words_input",
            "W1_input_input",
            "W1_input",
            "label_input",
            "x",
            "ü");
  }

  @Test
  void missingNumbersGoThroughTheOneInputOfNumbers() throws Exception {
    StringBuilder text = new StringBuilder("a,b,c,y\n");
    Random random = new Random(5);
    float[][] cells = new float[300][3];
    for (float[] row : cells) {
      for (int c = 0; c < 3; c++) {
        row[c] = c != 1 && random.nextInt(4) == 0 ? Float.NaN : (float) random.nextGaussian();
        text.append(Float.isNaN(row[c]) ? "NA" : Float.toString(row[c])).append(',');
      }
      text.append(1e9 + row[1]).append('\n');
    }
    Dataset data = Dataset.read(Files.writeString(folder.resolve("n.csv"), text), "y");
    Model model = train(data, 60);
    Path file = folder.resolve("n.onnx");
    model.save(file);
    Predictions ours = Model.load(file).predict(backend, data);
    // Far from 0: in double ours has the digits that a graph in float32 can't have.
    assertThat(model.evaluate(backend, data).asMap().get("rmse")).isLessThan(0.3);
    try (Judge judge = new Judge(Files.readAllBytes(file))) {
      float[][] theirs = (float[][]) judge.score(cells).get("prediction");
      for (int r = 0; r < cells.length; r++) {
        assertThat((double) theirs[r][0]).isCloseTo(ours.value(r), within(64.0));
      }
    }
  }

  @Test
  void columnsAreFoundByNameWhateverTheirOrder() throws IOException {
    Dataset data = Dataset.read(table(300, 6, false), "t");
    Model model = train(data, 2);
    List<String> turned = new java.util.ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("t6.csv"))) {
      List<String> cells = new java.util.ArrayList<>(List.of(line.split(",", -1)));
      java.util.Collections.reverse(cells);
      turned.add(String.join(",", cells));
    }
    Path file = Files.write(folder.resolve("turned.csv"), turned);
    Dataset reversed = Dataset.read(file, "t");
    assertThat(reversed.featureNames()).containsExactly("color", "city", "W1", "label", "age");
    Predictions expected = model.predict(backend, data);
    Predictions found = model.predict(backend, reversed);
    for (int r = 0; r < 300; r++) {
      assertThat(found.probabilities(r)).isEqualTo(expected.probabilities(r));
    }
    assertThat(model.evaluate(backend, reversed)).isEqualTo(model.evaluate(backend, data));
  }

  @Test
  void aMissingNumberIsAnErrorWhereTrainingHadNone() throws IOException {
    Dataset data = Dataset.read(table(300, 7, false), "t");
    Model model = train(data, 1);
    Path file =
        Files.writeString(folder.resolve("x.csv"), "age,label,W1,city,color\n,True,,Paris,red\n");
    Schema schema = model.preprocessing().schema();
    assertThatThrownBy(() -> Table.read(file, TableOptions.target("t").forModel(schema, null)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file + ", line 2, column 'W1': the value is missing; fill it in or remove the row");
    float[] row = {30, 1, Float.NaN, 0, 0};
    assertThatThrownBy(
            () ->
                model.predict(
                    backend, org.shallownet.data.features.FloatTable.of(new float[][] {row})))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("row 0 (counted from 0), column 'W1': the number is missing");
  }
}
