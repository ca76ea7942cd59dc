package org.shallownet.model.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.model.onnx.OnnxAttribute.integer;
import static org.shallownet.model.onnx.OnnxAttribute.real;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.features.FloatTable;
import org.shallownet.model.Judge;
import org.shallownet.model.Model;
import org.shallownet.model.Predictor;
import org.shallownet.model.Samples;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.network.Activation;

/** Networks of other tools, judged by ONNX Runtime. */
class ChainReaderTest {
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

  private Model load(Chain chain) throws IOException {
    Path file = directory.resolve("chain.onnx");
    Files.write(file, chain.bytes());
    return Model.load(file);
  }

  @Test
  void veryLongNamesAreCut() {
    String name = "very/long/".repeat(100_000);
    for (Chain chain :
        List.of(
            new Chain(-1, 4).then(name),
            new Chain(-1, 4).domain(name).then("Gemm"),
            new Chain(-1, 4).multiply(name, 3, 2),
            new Chain(-1, 4).multiply("w", 4, 2).from(name).then("Relu"),
            new Chain(-1, 4).input(name).multiply("w", 4, 2).output(name))) {
      assertThatThrownBy(() -> load(chain))
          .isInstanceOf(DataException.class)
          .message()
          .hasSizeLessThan(1000);
    }
    String cut = "very/long/".repeat(20) + "…";
    assertThatThrownBy(() -> load(new Chain(-1, 4).then(name)))
        .hasMessageContaining("operator " + cut + " (node");
  }

  /** Loads the chain and compares its scores with ONNX Runtime's. */
  private Model check(Chain chain, int features, boolean samplesAreColumns) throws Exception {
    Model model = load(chain);
    float[][] x = Samples.features(9, features, 3);
    for (float[] row : x) {
      for (int c = 0; c < features; c++) {
        row[c] *= 0.1f;
      }
    }
    float[][] theirs;
    try (Judge judge = new Judge(chain.bytes())) {
      Object output = judge.score(samplesAreColumns ? transposed(x) : x).values().iterator().next();
      theirs = (float[][]) output;
    }
    if (theirs.length != x.length) {
      theirs = transposed(theirs);
    }
    compare(model, x, theirs);
    return model;
  }

  private static void compare(Model model, float[][] features, float[][] expected) {
    assertThat(model.isForeign()).isTrue();
    try (Predictor predictor = new Predictor(backend, model)) {
      predictor.score(
          FloatTable.of(features),
          (first, rows, values) -> {
            assertThat(rows).isEqualTo(expected.length);
            int columns = predictor.columns();
            for (int r = 0; r < rows; r++) {
              float[] ours = Arrays.copyOfRange(values, r * columns, (r + 1) * columns);
              // A single sigmoid gives the probability of the second class.
              float[] same = model.task() == Task.BINARY ? new float[] {ours[1]} : ours;
              assertThat(same).containsExactly(expected[r], within(1e-5f));
            }
          });
    }
  }

  private static float[][] transposed(float[][] matrix) {
    float[][] result = new float[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < result.length; j++) {
        result[j][i] = matrix[i][j];
      }
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(strings = {"Relu", "LeakyRelu", "Tanh", "Sigmoid", "Identity"})
  void everyActivationAfterMatMulAndAdd(String operator) throws Exception {
    Chain chain =
        new Chain(-1, 3)
            .multiply("W1", 3, 4)
            .add("b1", 4)
            .then(operator)
            .multiply("W2", 4, 2)
            .add("b2", 1, 2);
    Model model = check(chain, 3, false);
    assertThat(model.task()).isEqualTo(Task.REGRESSION);
    assertThat(model.spec().hidden().get(0).activation().name().replace("_", ""))
        .isEqualToIgnoringCase(operator);
    assertThat(model.provenance()).containsEntry("producer", "test 1");
  }

  @Test
  void gemmWithAllItsAttributes() throws Exception {
    for (int transposed = 0; transposed <= 1; transposed++) {
      Chain chain =
          new Chain(-1, 3)
              .gemm(
                  transposed == 1 ? new long[] {4, 3} : new long[] {3, 4},
                  new long[] {4},
                  integer("transB", transposed),
                  real("alpha", 0.5f),
                  real("beta", -2))
              .then("Relu")
              .gemm(new long[] {4, 1}, new long[] {})
              .then("Sigmoid");
      assertThat(check(chain, 3, false).task()).isEqualTo(Task.BINARY);
    }
  }

  @Test
  void layersWithoutBiasAndWithoutActivation() throws Exception {
    Chain chain = new Chain(-1, 3).multiply("W1", 3, 4).gemm(new long[] {4, 2}, null);
    Model model = check(chain, 3, false);
    assertThat(model.spec().hidden().get(0).activation()).isEqualTo(Activation.IDENTITY);
    assertThat(model.weights().biases(1)).containsOnly(0);
  }

  @Test
  void identitiesAnywhere() throws Exception {
    Chain chain =
        new Chain(-1, 2)
            .then("Identity")
            .multiply("W1", 2, 3)
            .then("Identity")
            .add("b1", 3)
            .then("Identity")
            .then("Tanh")
            .then("Identity")
            .multiply("W2", 3, 3)
            .then("Softmax", integer("axis", -1))
            .then("Identity");
    assertThat(check(chain, 2, false).task()).isEqualTo(Task.MULTICLASS);
  }

  @Test
  void softmaxWithoutAxisMeansTheClasses() throws Exception {
    for (long opset : new long[] {11, 13}) {
      Chain chain = new Chain(-1, 2).opset(opset).multiply("W1", 2, 3).then("Softmax");
      assertThat(check(chain, 2, false).task()).isEqualTo(Task.MULTICLASS);
    }
  }

  @Test
  void samplesAsColumns() throws Exception {
    Chain chain =
        new Chain(3, -1)
            .multiplyLeft("W1", 4, 3)
            .add("b1", 4, 1)
            .then("Relu")
            .gemmLeft(new long[] {4, 2}, new long[] {2, 1}, integer("transA", 1))
            .then("Softmax", integer("axis", 0));
    assertThat(check(chain, 3, true).task()).isEqualTo(Task.MULTICLASS);
    Chain turned =
        new Chain(3, -1)
            .gemm(new long[] {3, 4}, new long[] {4}, integer("transA", 1))
            .then("Tanh")
            .gemmLeft(new long[] {1, 4}, new long[] {1, 1}, integer("transB", 1))
            .then("Sigmoid");
    assertThat(check(turned, 3, true).task()).isEqualTo(Task.BINARY);
  }

  @Test
  void initializersMayBeListedAsInputs() throws Exception {
    Chain chain = new Chain(-1, 2).listInitializers().multiply("W1", 2, 3).add("b1", 3);
    assertThat(check(chain, 2, false).spec().sizes()).isEqualTo("2-3");
  }

  @Test
  void doubleWeightsAreRounded() throws Exception {
    ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0, 0.1).putDouble(8, -3);
    OnnxTensor weights =
        new OnnxTensor("W", List.of(2L, 1L), OnnxTensor.DOUBLE, data, List.of(), null);
    Model model = load(new Chain(-1, 2).multiply(weights));
    assertThat(model.weights().weights(1)).containsExactly(0.1f, -3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch-softmax", "torch-logit", "columns-sigmoid"})
  void filesOfRealTools(String name) throws IOException {
    Path file = directory.resolve(name + ".onnx");
    try (InputStream in = resource(name + ".onnx")) {
      Files.copy(in, file);
    }
    Model model = Model.load(file);
    int inputs = model.spec().inputs();
    float[][] rows;
    try (InputStream in = resource(name + ".csv")) {
      rows =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(ChainReaderTest::numbers)
              .toArray(float[][]::new);
    }
    float[][] features = new float[rows.length][];
    float[][] expected = new float[rows.length][];
    for (int r = 0; r < rows.length; r++) {
      features[r] = Arrays.copyOf(rows[r], inputs);
      expected[r] = Arrays.copyOfRange(rows[r], inputs, rows[r].length);
    }
    compare(model, features, expected);
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(ChainReaderTest.class.getResourceAsStream(name), name);
  }

  private static float[] numbers(String line) {
    String[] fields = line.split(",", -1);
    float[] numbers = new float[fields.length];
    for (int i = 0; i < fields.length; i++) {
      numbers[i] = Float.parseFloat(fields[i]);
    }
    return numbers;
  }

  private void refused(Chain chain, String message) {
    assertThatThrownBy(() -> load(chain))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("can't use " + directory.resolve("chain.onnx") + ": ")
        .hasMessageContaining(message);
  }

  private static Chain layer() {
    return new Chain(-1, 2).multiply("W1", 2, 3);
  }

  @Test
  void otherOperatorsAreRefusedByName() {
    refused(layer().then("Sin"), "operator Sin (node 'node1') is not supported; export");
    refused(layer().then("Relu").then("Conv"), "operator Conv (node 'node2')");
    refused(layer().domain("com.microsoft").then("Elu"), "operator com.microsoft.Elu");
    refused(layer().then("Relu", integer("mystery", 1)), "has attribute 'mystery'");
    refused(layer().then("LeakyRelu", integer("alpha", 1)), "has the wrong type");
  }

  @Test
  void whatIsNoChainIsRefused() {
    refused(new Chain(-1, 2).then("Relu"), "does not follow a dense layer (Gemm or MatMul)");
    refused(new Chain(-1, 2).then("Identity"), "has no Gemm or MatMul");
    refused(new Chain(-1, 2).add("b", 2), "has no Gemm or MatMul");
    refused(layer().from("x").then("Relu"), "reads 'x' besides or instead of 'v0': not a chain");
    refused(layer().add("W1", 3), "it has two initializers 'W1'");
    refused(layer().input("second"), "it has 2 inputs 'x', 'second'");
    refused(layer().output("v0").then("Relu").then("Identity"), "its outputs are 'v0'");
    refused(layer().then("Softmax").multiply("W2", 3, 2), "comes after Softmax (node 'node1')");
  }

  @Test
  void outputsThatAreNoneOfOursAreRefused() {
    refused(new Chain(-1, 2).multiply("W", 2, 1).then("Softmax"), "has a single input");
    refused(layer().then("Softmax", integer("axis", 0)), "has axis 0");
    refused(
        new Chain(2, -1).opset(11).multiplyLeft("W", 3, 2).then("Softmax", integer("axis", 0)),
        "has axis 0");
  }

  @Test
  void shapesThatDontFitAreRefused() {
    refused(new Chain(-1, 5).multiply("W", 2, 3), "takes 2 inputs, but input 'x' has 5 features");
    refused(new Chain(-1, 2, 2).multiply("W", 2, 3), "is not a table (2 dimensions)");
    refused(layer().multiply("W2", 4, 2), "takes 4 inputs, which does not fit 3 units");
    refused(layer().add("b", 2), "has a constant 'b' of 2 numbers, which does not fit 3 units");
    refused(layer().multiplyLeft("W2", 2, 3), "mixes samples and units");
    refused(new Chain(-1, 2).multiply("W", 2), "of shape [2], not a matrix");
  }

  @Test
  void weightsThatCantBeUsedAreRefused() {
    OnnxTensor brain =
        new OnnxTensor("W", List.of(2L, 1L), 16, ByteBuffer.allocate(4), List.of(), null);
    refused(
        new Chain(-1, 2).multiply(brain),
        "constant 'W' is neither float32 nor float64 nor float16 (ONNX type 16)");
    OnnxTensor cut =
        new OnnxTensor(
            "W", List.of(2L, 1L), OnnxTensor.FLOAT, ByteBuffer.allocate(4), List.of(), null);
    refused(new Chain(-1, 2).multiply(cut), "holds 4 bytes of numbers, which does not fit");
    OnnxTensor infinite = OnnxTensor.ofFloats("W", new float[] {1, Float.POSITIVE_INFINITY}, 2, 1);
    refused(
        new Chain(-1, 2).multiply(infinite),
        "has a constant 'W' that holds Infinity; weights must be finite");
    OnnxTensor empty = OnnxTensor.ofFloats("W", new float[0], 2, 0);
    refused(new Chain(-1, 2).multiply(empty), "which does not fit");
  }

  @Test
  void oldOperatorsAreRefused() {
    refused(layer().opset(6), "uses version 6 of the ONNX operators");
  }
}
