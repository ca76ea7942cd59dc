package org.shallownet.model;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.data.TableTesting.all;

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
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.data.Column;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.Dataset;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * What makes inputs of raw cells in the model file is what makes them in Java. The networks pass
 * their inputs on as they are, so that ONNX Runtime shows them.
 */
class PreprocessingInTheGraphTest {
  private static final int TABLES = 150;
  private static final int TRAINING_ROWS = 60;

  @TempDir Path folder;

  /** The network that gives its inputs as its outputs. */
  private static Model passingOn(Preprocessing preprocessing) {
    int inputs = preprocessing.inputs();
    NetworkSpec spec = NetworkSpec.of(inputs, Output.IDENTITY_SQUARED_ERROR, inputs);
    float[] values = new float[inputs * inputs + inputs];
    for (int i = 0; i < inputs; i++) {
      values[i * inputs + i] = 1;
    }
    return new Model(
        Weights.of(spec, values),
        Task.REGRESSION,
        preprocessing,
        IntStream.range(0, inputs).mapToObj(i -> "input " + i).toList(),
        List.of(),
        null,
        Map.of());
  }

  private Preprocessing fitted(Cells cells, boolean standardized) throws IOException {
    Path file = folder.resolve("train.csv");
    Files.writeString(file, cells.csv(cells.rows(TRAINING_ROWS, false)));
    Dataset data = Dataset.read(file, "t");
    Preprocessing plain = Preprocessing.fit(data, standardized, warning -> {});
    return cells.kinds.size() % 2 == 0 ? plain.withPieces(data) : plain;
  }

  private static float[] inJava(Preprocessing preprocessing, float[] features, int rows) {
    float[] inputs = new float[rows * preprocessing.inputs()];
    preprocessing.apply(features.clone(), rows, inputs, 0);
    return inputs;
  }

  /** What ONNX Runtime makes of raw cells; of all-numeric columns in one input. */
  private float[][] inTheGraph(Model model, List<List<String>> rows, TableOptions options)
      throws OrtException, IOException {
    Path file = folder.resolve("m.onnx");
    model.save(file);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    List<Column> columns = model.preprocessing().schema().columns();
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    try (OrtSession session = environment.createSession(file.toString())) {
      float[][] numbers = new float[rows.size()][columns.size()];
      for (int c = 0; c < columns.size(); c++) {
        int place = c;
        if (columns.get(c).name().startsWith("ü ")) {
          place = Integer.parseInt(columns.get(c).name().substring(2));
        }
        String[][] words = new String[rows.size()][1];
        float[][] column = new float[rows.size()][1];
        boolean number = columns.get(c) instanceof Column.Numeric;
        for (int r = 0; r < rows.size(); r++) {
          words[r][0] = rows.get(r).get(place);
          if (number) {
            column[r][0] =
                options.isMissing(words[r][0]) ? Float.NaN : Float.parseFloat(words[r][0]);
            numbers[r][c] = column[r][0];
          }
        }
        inputs.put(
            columns.get(c).name(), OnnxTensor.createTensor(environment, number ? column : words));
      }
      if (session.getInputNames().contains("features")) {
        inputs = Map.of("features", OnnxTensor.createTensor(environment, numbers));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return (float[][]) result.get("prediction").orElseThrow().getValue();
      }
    }
  }

  @Test
  void truthValuesAreTheSameInEveryForm() throws Exception {
    Path file = folder.resolve("train.csv");
    // What stands for a missing cell is one, whatever else it might be.
    for (String missing : List.of("NA", "0.0")) {
      Files.writeString(
          file, "b,c,t\n" + ("True,t,a\nFalse,f,b\n" + missing + ",f,b\n").repeat(20));
      TableOptions training = TableOptions.target("t").withMissing(Set.of(missing));
      Preprocessing preprocessing =
          Preprocessing.fit(Dataset.read(file, training), false, warning -> {});
      String[] forms = {"False", "0", "f", "FALSE", "0.0", "F", "True", "1", "t", "true", "1.0"};
      List<List<String>> rows = Stream.of(forms).map(form -> List.of(form, form)).toList();
      Path fresh = folder.resolve("fresh.csv");
      String cells = rows.stream().map(row -> String.join(",", row) + ",a\n").collect(joining());
      Files.writeString(fresh, "b,c,t\n" + cells);
      TableOptions options =
          TableOptions.target("t")
              .withFormat(CsvFormat.AUTO.withSeparator(',').withHeader(true))
              .forModel(preprocessing.schema(), "t");
      float[] ours = inJava(preprocessing, all(Table.read(fresh, options).features()), rows.size());
      float[][] theirs = inTheGraph(passingOn(preprocessing), rows, options);
      int width = preprocessing.schema().inputs();
      for (int i = 0; i < ours.length; i++) {
        assertThat(theirs[i / width][i % width]).as("%s %d", missing, i).isEqualTo(ours[i]);
      }
      for (int r = 0; r < forms.length; r++) {
        float isMissing = forms[r].equals(missing) ? 1 : 0;
        float isTrue = r < 6 ? 0 : 1;
        assertThat(ours[r * width + 2]).as(forms[r]).isEqualTo(isMissing);
        assertThat(ours[r * width + 1]).as(forms[r]).isEqualTo(isTrue);
      }
    }
  }

  @Test
  void inputsAreTheSameFromRawCells() throws Exception {
    int unseen = 0;
    int missing = 0;
    int numeric = 0;
    int pieces = 0;
    for (long seed = 0; seed < TABLES; seed++) {
      Cells cells = new Cells(seed);
      Preprocessing preprocessing = fitted(cells, seed % 3 > 0);
      List<List<String>> rows = cells.rows(1 + (int) (seed % 40), true);
      Path file = Files.writeString(folder.resolve("fresh.csv"), cells.csv(rows));
      TableOptions options =
          TableOptions.target("t")
              .withFormat(CsvFormat.AUTO.withSeparator(',').withHeader(true))
              .forModel(preprocessing.schema(), "t");
      Table fresh = Table.read(file, options);
      float[] features = all(fresh.features());
      unseen += fresh.unknown().isEmpty() ? 0 : 1;
      numeric += preprocessing.schema().isNumeric() ? 1 : 0;
      float[] ours = inJava(preprocessing, features, rows.size());
      float[][] theirs = inTheGraph(passingOn(preprocessing), rows, options);
      int width = preprocessing.inputs();
      pieces += preprocessing.pieces() == null ? 0 : 1;
      for (int i = 0; i < ours.length; i++) {
        float their = theirs[i / width][i % width];
        assertThat(Math.abs(their - ours[i]))
            .as(
                "new Cells(%dL), row %d, input %d: %s, not %s",
                seed, i / width, i % width, their, ours[i])
            .isLessThanOrEqualTo(1e-6f * Math.abs(ours[i]));
      }
      for (float feature : features) {
        missing += Float.isNaN(feature) ? 1 : 0;
      }
    }
    assertThat(unseen).isGreaterThan(20);
    assertThat(missing).isGreaterThan(100);
    assertThat(numeric).isGreaterThan(10);
    assertThat(pieces).isGreaterThan(20);
  }
}
