package org.shallownet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.data.TableTesting.all;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Column;
import org.shallownet.data.CsvFormat;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Schema;
import org.shallownet.data.Table;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Target;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.chain.Chain;
import org.shallownet.model.scoring.Prediction;
import org.shallownet.model.scoring.Scorer;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** A scorer says what a backend says, whatever the model, row by row. */
class ScorerTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int TABLES = 120;
  private static final int TRAINING_ROWS = 60;
  private static final int TRIES = 50;

  @TempDir private Path folder;

  /** What a model may predict. */
  private enum Kind {
    SIGMOID(Output.SIGMOID_CROSS_ENTROPY, Task.BINARY, 1),
    TWO_CLASSES(Output.SOFTMAX_CROSS_ENTROPY, Task.BINARY, 2),
    SOFTMAX(Output.SOFTMAX_CROSS_ENTROPY, Task.MULTICLASS, 3),
    ANSWERS(Output.SIGMOID_CROSS_ENTROPY, Task.MULTILABEL, 3),
    NUMBER(Output.IDENTITY_SQUARED_ERROR, Task.REGRESSION, 1),
    NUMBERS(Output.IDENTITY_SQUARED_ERROR, Task.REGRESSION, 9);

    private final Output output;
    private final Task task;
    private final int outputs;

    Kind(Output output, Task task, int outputs) {
      this.output = output;
      this.task = task;
      this.outputs = outputs;
    }

    private List<String> classes() {
      return switch (task) {
        case BINARY -> List.of("no", "yes");
        case MULTICLASS -> List.of("a", "b", "c");
        case MULTILABEL -> List.of("no", "yes", "0", "1", "off", "on");
        case REGRESSION -> List.of();
      };
    }

    private @Nullable TargetScale scale() {
      return task == Task.REGRESSION
          ? new TargetScale(
              IntStream.range(0, outputs).mapToObj(k -> 1e6 * k).toList(),
              IntStream.range(0, outputs).mapToObj(k -> 0.5 + k).toList())
          : null;
    }
  }

  private static Weights network(int inputs, Kind kind, Random random) {
    NetworkSpec spec = NetworkSpec.of(inputs, kind.output, kind.outputs);
    int layers = random.nextInt(4);
    for (int l = 0; l < layers; l++) {
      Activation[] activations = Activation.values();
      spec =
          spec.withHidden(1 + random.nextInt(40), activations[random.nextInt(activations.length)]);
    }
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= spec.layerCount(); l++) {
      // As large as keeps logits within what probabilities tell apart.
      double size = 1 / Math.sqrt(spec.units(l - 1));
      int to = spec.biasOffset(l) + spec.units(l);
      for (int i = spec.weightsOffset(l); i < to; i++) {
        values[i] = (float) (size * random.nextGaussian());
      }
    }
    return Weights.of(spec, values);
  }

  private static Model model(Preprocessing preprocessing, Kind kind, Random random) {
    List<Weights> parts = new ArrayList<>();
    int networks = 1 + random.nextInt(3);
    for (int n = 0; n < networks; n++) {
      boolean plain = random.nextBoolean();
      int inputs = plain ? preprocessing.schema().inputs() : preprocessing.inputs();
      parts.add(network(inputs, kind, random));
    }
    int targets = kind.task == Task.BINARY || kind.task == Task.MULTICLASS ? 1 : kind.outputs;
    return new Model(
        parts,
        kind.task,
        preprocessing,
        IntStream.range(0, targets).mapToObj(k -> "target " + k).toList(),
        kind.classes(),
        kind.scale(),
        Map.of(),
        Map.of());
  }

  private static Preprocessing fitted(Cells cells, Path file, long seed) throws IOException {
    Files.writeString(file, cells.csv(cells.rows(TRAINING_ROWS, false)));
    Dataset data = Dataset.read(file, "t");
    Preprocessing plain = Preprocessing.fit(data, seed % 3 > 0, warning -> {});
    return seed % 2 == 0 ? plain.withPieces(data) : plain;
  }

  /** The number that a backend has in a place of a row. */
  private static double expected(Predictions predictions, Model model, long row, int k) {
    return model.task() == Task.REGRESSION
        ? predictions.value(row, k)
        : predictions.probabilities(row)[k];
  }

  private static void checkRow(
      Scorer scorer, Predictions predictions, Model model, float[] row, long r) {
    float[] out = new float[scorer.results()];
    scorer.score(row, out);
    for (int k = 0; k < out.length; k++) {
      double theirs = expected(predictions, model, r, k);
      TargetScale scale = model.targetScale();
      double room =
          scale == null
              ? 1e-6
              : 2e-6 * (scale.deviations().get(k) + Math.abs(theirs - scale.means().get(k)));
      // A float of a number far from 0 is as exact as it can be.
      assertThat((double) out[k]).isCloseTo(theirs, within(room + Math.ulp((float) theirs)));
      if (model.task() == Task.REGRESSION) {
        double[] numbers = new double[out.length];
        scorer.predict(row, numbers);
        assertThat(numbers[k]).isCloseTo(theirs, within(room));
      }
    }
  }

  /** The values of a row by name, as they stand in the file. */
  private static Map<String, String> byName(Schema schema, List<String> cells) {
    Map<String, String> values = new HashMap<>();
    for (Column column : schema.columns()) {
      values.put(column.name(), cells.get(Integer.parseInt(column.name().substring(2))));
    }
    return values;
  }

  @Test
  void itSaysWhatABackendSays() throws IOException {
    Map<Kind, Integer> kinds = new TreeMap<>();
    try (Backend backend = Backends.open("cpu")) {
      for (long seed = 0; seed < TABLES; seed++) {
        Random random = new Random(seed);
        Cells cells = new Cells(seed);
        Preprocessing preprocessing = fitted(cells, folder.resolve("train.csv"), seed);
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Model model = model(preprocessing, kind, random);
        List<List<String>> rows = cells.rows(20, true);
        Path file = Files.writeString(folder.resolve("fresh.csv"), cells.csv(rows));
        Schema schema = preprocessing.schema();
        TableOptions options =
            TableOptions.target("t")
                .withFormat(CsvFormat.AUTO.withSeparator(',').withHeader(true))
                .forModel(schema, null);
        float[] table = all(Table.read(file, options).features());
        int columns = schema.columns().size();
        try {
          Predictions predictions = model.predict(backend, Table.read(file, options).features());
          Scorer scorer = model.scorer();
          for (int r = 0; r < rows.size(); r++) {
            float[] row = Arrays.copyOfRange(table, r * columns, (r + 1) * columns);
            checkRow(scorer, predictions, model, row.clone(), r);
            assertThat(scorer.row(byName(schema, rows.get(r)))).isEqualTo(row);
          }
          float[] batch = new float[rows.size() * scorer.results()];
          scorer.score(table, rows.size(), batch);
          float[] last = new float[scorer.results()];
          int begin = (rows.size() - 1) * columns;
          scorer.score(Arrays.copyOfRange(table, begin, table.length), last);
          assertThat(Arrays.copyOfRange(batch, batch.length - last.length, batch.length))
              .isEqualTo(last);
        } catch (Throwable e) {
          throw new AssertionError("new Cells(" + seed + "L), " + kind, e);
        }
        kinds.merge(kind, 1, Integer::sum);
      }
    }
    assertThat(kinds).containsOnlyKeys(Kind.values());
  }

  @Test
  void itSaysWhatOnnxRuntimeSays() throws Exception {
    Random random = new Random(5);
    float[][] features = Samples.features(40, 3, 8);
    List<String> names = List.of("a", "b", "c");
    Dataset data =
        new Dataset(names, FloatTable.of(features), "t", new Target.Numbers(new double[40]));
    Preprocessing preprocessing = Preprocessing.fit(data, true, warning -> {}).withPieces(data);
    for (Kind kind : List.of(Kind.SIGMOID, Kind.SOFTMAX, Kind.ANSWERS)) {
      Model model = model(preprocessing, kind, random);
      Scorer scorer = model.scorer();
      try (Judge judge = new Judge(model.toBytes())) {
        float[][] theirs = (float[][]) judge.score(features).get("probabilities");
        float[] ours = new float[scorer.results()];
        for (int r = 0; r < features.length; r++) {
          scorer.score(features[r], ours);
          for (int k = 0; k < ours.length; k++) {
            assertThat(ours[k]).as("%s", kind).isCloseTo(theirs[r][k], within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void aModelFromAnotherToolIsScoredByPosition() {
    Model model =
        ModelFile.parse(
            new Chain(-1, 3)
                .opset(20)
                .multiply("W1", 3, 9)
                .add("b1", 9)
                .then("Softplus")
                .multiply("W2", 9, 2)
                .bytes(),
            Path.of("chain.onnx"));
    Scorer scorer = model.scorer();
    float[][] features = Samples.features(10, 3, 8);
    try (Backend backend = Backends.open("cpu")) {
      Predictions predictions = model.predict(backend, FloatTable.of(features));
      for (int r = 0; r < features.length; r++) {
        float[] out = new float[2];
        scorer.score(features[r], out);
        assertThat((double) out[1]).isCloseTo(predictions.value(r, 1), within(1e-4));
      }
    }
    assertThat(scorer.predict(features[0])).asString().matches("0 = [-.E0-9]+, 1 = [-.E0-9]+");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> scorer.score(Map.of("a", 1)))
        .withMessageContaining("by position");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> scorer.predict(new float[] {1, Float.NaN, 1}))
        .withMessageContaining("feature 1: the number is missing");
  }

  @Test
  void aRowIsScoredWithoutAllocatingMemory() throws IOException {
    Cells cells = new Cells(4);
    Preprocessing preprocessing = fitted(cells, folder.resolve("train.csv"), 4);
    for (Kind kind : Kind.values()) {
      Model model = model(preprocessing, kind, new Random(7));
      Scorer scorer = model.scorer();
      float[] row = scorer.row(byName(preprocessing.schema(), cells.rows(3, false).get(2)));
      float[] out = new float[scorer.results()];
      long least = Long.MAX_VALUE;
      // What is asked allocates, too, and so does Java now and then while it compiles.
      for (int attempt = 0; attempt < TRIES && least > 0; attempt++) {
        long asking = THREADS.getCurrentThreadAllocatedBytes();
        asking = THREADS.getCurrentThreadAllocatedBytes() - asking;
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 200; i++) {
          scorer.score(row, out);
        }
        least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before - asking);
      }
      assertThat(least).as("bytes of 200 rows, %s", kind).isZero();
    }
  }

  @Test
  void threadsShareOne() throws Exception {
    Model model = Samples.model(NetworkSpec.of(5, Output.SOFTMAX_CROSS_ENTROPY, 4), true);
    Scorer scorer = model.scorer();
    float[][] features = Samples.features(500, 5, 2);
    float[][] expected = new float[features.length][4];
    for (int r = 0; r < features.length; r++) {
      scorer.score(features[r], expected[r]);
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        done.add(
            threads.submit(
                () -> {
                  float[] out = new float[4];
                  for (int i = 0; i < 20 * features.length; i++) {
                    int r = i % features.length;
                    scorer.score(features[r], out);
                    assertThat(out).isEqualTo(expected[r]);
                  }
                }));
      }
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static Scorer customers() {
    Schema schema =
        new Schema(
            List.of(
                new Column.Numeric("age", true),
                new Column.Numeric("calls", false),
                new Column.Category("city", List.of("Bonn", "Ulm"), true, false, false),
                new Column.Category("support", List.of("no", "yes"), false, false, true)));
    Preprocessing preprocessing =
        new Preprocessing(schema, new float[] {40, Float.NaN, Float.NaN, Float.NaN}, null);
    NetworkSpec spec = NetworkSpec.of(schema.inputs(), Output.SIGMOID_CROSS_ENTROPY, 1);
    float[] values = new float[spec.parameterCount()];
    values[0] = 0.025f;
    return new Model(
            Weights.of(spec, values),
            Task.BINARY,
            preprocessing,
            List.of("status"),
            List.of("stayed", "left"),
            null,
            Map.of())
        .scorer();
  }

  private static Map<String, Object> customer(@Nullable Object... other) {
    Map<String, Object> row =
        new HashMap<>(Map.of("age", 40, "calls", 3.5, "city", "Ulm", "support", "yes"));
    for (int i = 0; i < other.length; i += 2) {
      row.put(String.valueOf(other[i]), other[i + 1]);
    }
    return row;
  }

  @Test
  void valuesHaveTypes() {
    Scorer scorer = customers();
    assertThat(scorer.row(customer())).containsExactly(40, 3.5f, 1, 1);
    assertThat(scorer.row(customer("age", null, "city", "Rome", "support", "maybe", "more", 1)))
        .containsExactly(Float.NaN, 3.5f, 2, 2);
    assertThat(scorer.row(customer("age", " 41.5 ", "calls", true, "city", null, "support", "NO")))
        .containsExactly(41.5f, 1, Float.NaN, 0);
    assertThat(scorer.row(customer("age", "NA", "calls", 7L, "city", " Bonn")))
        .containsExactly(Float.NaN, 7, 0, 1);
    assertThat(scorer.score(customer())).hasToString("left (stayed 0.2689, left 0.7311)");
    assertThat(scorer.score(List.of(customer(), customer("age", 0))))
        .hasToString("[left (stayed 0.2689, left 0.7311), stayed (stayed 0.5000, left 0.5000)]");
    assertThat(scorer.score(customer()))
        .isInstanceOfSatisfying(
            Prediction.OfClass.class,
            each -> assertThat(each.probabilities()).containsOnlyKeys("stayed", "left"));
  }

  @Test
  void whatCanNotBeUsedIsSaid() {
    Scorer scorer = customers();
    refused(scorer, customer("calls", null), "column 'calls': the number is missing");
    refused(scorer, customer("calls", "often"), "column 'calls': 'often' is not a number");
    refused(scorer, customer("calls", 1e300), "column 'calls': '1.0E300' is too large");
    refused(scorer, customer("calls", Double.NEGATIVE_INFINITY), "is not a finite number");
    refused(scorer, customer("city", List.of("Ulm")), "column 'city': a value of");
    refused(scorer, customer("support", "off"), "'off' is none of the words");
    refused(
        scorer, customer("support", true), "'true' is none of the words that the model learned");
    refused(scorer, Map.of(), "the model needs 'age', which the row lacks; the row is empty");
    Map<String, Object> other = customer("Calls", 3);
    other.remove("calls");
    refused(scorer, other, "the model needs 'calls', which the row lacks; did you mean 'Calls'?");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> scorer.score(List.of(customer(), customer("calls", ""))))
        .withMessageStartingWith("row 2: column 'calls'");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> scorer.predict(new float[] {1, 1, 3, 0}))
        .withMessageContaining("column 'city': 3.0 is no code of a category; use 0 to 2");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> scorer.predict(new float[] {1, 1, 0}))
        .withMessageContaining("rows of 1 × 4 numbers in an array of 3");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> scorer.predict(new float[4], new double[1]));
  }

  private static void refused(Scorer scorer, Map<String, ?> row, String message) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> scorer.score(row))
        .withMessageContaining(message);
  }
}
