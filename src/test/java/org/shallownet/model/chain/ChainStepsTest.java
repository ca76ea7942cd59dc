package org.shallownet.model.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.model.onnx.OnnxAttribute.integer;
import static org.shallownet.model.onnx.OnnxAttribute.integers;
import static org.shallownet.model.onnx.OnnxAttribute.real;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.model.Model;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.network.Activation;

/** Steps of other tools' networks that become part of a dense layer or change nothing. */
class ChainStepsTest {
  private static final double[][] X = {{0.3, -1.2, 0.8}, {1.5, 0.1, -0.4}, {-0.7, 0.9, 0.2}};

  private static Model load(Chain chain) {
    return Model.load(chain.bytes());
  }

  /** What a model's output layer computes for a row, in double. */
  private static double[] outputs(Model model, double[] row) {
    double[] a = row.clone();
    Standardizer standardizer = model.standardizer();
    for (int i = 0; standardizer != null && i < a.length; i++) {
      a[i] = (a[i] - standardizer.mean()[i]) * standardizer.factor()[i];
    }
    for (int l = 1; l <= model.spec().layerCount(); l++) {
      double[] z = new double[model.spec().units(l)];
      for (int u = 0; u < z.length; u++) {
        z[u] = model.weights().bias(l, u);
        for (int i = 0; i < a.length; i++) {
          z[u] += model.weights().weight(l, u, i) * a[i];
        }
        if (l < model.spec().layerCount()) {
          z[u] = apply(model.spec().hidden().get(l - 1).activation(), z[u]);
        }
      }
      LayerFunction function = model.functions().get(l);
      if (function != null) {
        float[] applied = new float[z.length];
        for (int u = 0; u < z.length; u++) {
          applied[u] = (float) z[u];
        }
        function.apply(applied, 1, z.length);
        for (int u = 0; u < z.length; u++) {
          z[u] = applied[u];
        }
      }
      a = z;
    }
    return a;
  }

  private static double apply(Activation activation, double z) {
    return switch (activation) {
      case RELU -> Math.max(0, z);
      case LEAKY_RELU -> z < 0 ? Activation.LEAKY_SLOPE * z : z;
      case TANH -> Math.tanh(z);
      case SIGMOID -> 1 / (1 + Math.exp(-z));
      case IDENTITY -> z;
    };
  }

  /** A chain under construction beside its values for {@link #X}, computed step by step. */
  private static final class Walk {
    private final Random random;
    private final Chain chain = new Chain(-1, 3);
    private final double[][] values =
        Arrays.stream(X).map(double[]::clone).toArray(double[][]::new);
    private int constants;

    Walk(long seed) {
      random = new Random(seed);
    }

    int width() {
      return values[0].length;
    }

    OnnxTensor tensor(int rows, int columns, double least) {
      float[] numbers = new float[rows * columns];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (least + random.nextDouble());
      }
      long[] shape =
          rows > 1
              ? new long[] {rows, columns}
              : random.nextBoolean() ? new long[] {columns} : new long[] {1, columns};
      OnnxTensor tensor = OnnxTensor.ofFloats("c" + constants++, numbers, shape);
      chain.constant(tensor);
      return tensor;
    }

    void dense(int units) {
      float[] numbers = new float[width() * units];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = (float) (random.nextDouble() - 0.5);
      }
      chain.multiply(OnnxTensor.ofFloats("w" + constants++, numbers, width(), units));
      for (int r = 0; r < values.length; r++) {
        double[] z = new double[units];
        for (int i = 0; i < numbers.length; i++) {
          z[i % units] += values[r][i / units] * numbers[i];
        }
        values[r] = z;
      }
    }

    void affine() {
      OnnxTensor tensor = tensor(1, random.nextBoolean() ? 1 : width(), 0.5);
      double[] c = tensor.doubles();
      int kind = random.nextInt(6);
      String operator = List.of("Add", "Sub", "Sub", "Mul", "Div", "Mul").get(kind);
      boolean dataFirst = kind < 2 || kind == 4 || kind == 5;
      chain.node(
          operator,
          dataFirst
              ? List.of(chain.current(), tensor.name())
              : List.of(tensor.name(), chain.current()));
      each(
          (x, u) -> {
            double k = c[c.length == 1 ? 0 : u];
            return switch (kind) {
              case 0 -> x + k;
              case 1 -> x - k;
              case 2 -> k - x;
              case 4 -> x / k;
              default -> x * k;
            };
          });
    }

    void normalize() {
      OnnxTensor[] parts = new OnnxTensor[4];
      for (int i = 0; i < parts.length; i++) {
        float[] numbers = new float[width()];
        for (int u = 0; u < numbers.length; u++) {
          numbers[u] = 0.5f + random.nextFloat();
        }
        parts[i] = OnnxTensor.ofFloats("n" + constants++, numbers, numbers.length);
        chain.constant(parts[i]);
      }
      chain.node(
          "BatchNormalization",
          List.of(
              chain.current(), parts[0].name(), parts[1].name(), parts[2].name(), parts[3].name()),
          real("epsilon", 0.01f));
      each(
          (x, u) ->
              (x - parts[2].doubles()[u])
                      / Math.sqrt(parts[3].doubles()[u] + 0.01f)
                      * parts[0].doubles()[u]
                  + parts[1].doubles()[u]);
    }

    void activate(Activation activation) {
      chain.then(
          switch (activation) {
            case RELU -> "Relu";
            case LEAKY_RELU -> "LeakyRelu";
            case TANH -> "Tanh";
            case SIGMOID -> "Sigmoid";
            case IDENTITY -> "Identity";
          });
      each((x, u) -> apply(activation, x));
    }

    private interface Each {
      double of(double x, int unit);
    }

    private void each(Each function) {
      for (double[] row : values) {
        for (int u = 0; u < row.length; u++) {
          row[u] = function.of(row[u], u);
        }
      }
    }

    void steps() {
      for (int i = random.nextInt(4); i > 0; i--) {
        if (random.nextInt(3) == 0) {
          normalize();
        } else {
          affine();
        }
      }
    }
  }

  @RepeatedTest(40)
  void foldedStepsComputeTheSame(RepetitionInfo repetition) {
    Walk walk = new Walk(repetition.getCurrentRepetition());
    Activation[] activations = {Activation.RELU, Activation.TANH, Activation.SIGMOID};
    for (int l = 0; l < 3; l++) {
      walk.steps();
      walk.dense(l == 2 ? 2 : 4);
      walk.steps();
      if (l < 2 || walk.random.nextBoolean()) {
        walk.activate(activations[walk.random.nextInt(l == 2 ? 2 : 3)]);
      }
    }
    walk.steps();
    Model model = load(walk.chain);
    assertThat(model.task()).isEqualTo(Task.REGRESSION);
    for (int r = 0; r < X.length; r++) {
      double[] ours = outputs(model, X[r]);
      for (int u = 0; u < ours.length; u++) {
        double expected = walk.values[r][u];
        assertThat(ours[u]).isEqualTo(expected, within(2e-6 * (1 + Math.abs(expected))));
      }
    }
  }

  private static Chain layer() {
    return new Chain(-1, 3).multiply("W1", 3, 4);
  }

  /** Checks that a chain is the same network as another one. */
  private static void same(Chain chain, Chain plain) {
    assertThat(load(chain).weights()).isEqualTo(load(plain).weights());
  }

  @Test
  void stepsThatChangeNothing() {
    Chain plain = layer().then("Relu").multiply("W2", 4, 2);
    OnnxTensor wide = OnnxTensor.ofIntegers("wide", -1, 3);
    OnnxTensor four = OnnxTensor.ofIntegers("four", 0, 4);
    OnnxTensor rest = OnnxTensor.ofIntegers("rest", 0, -1);
    Chain busy =
        new Chain(-1, 3)
            .constant(wide)
            .constant(four)
            .constant(rest)
            .node("Reshape", List.of("x", "wide"))
            .then("Flatten")
            .then("Cast", integer("to", OnnxTensor.DOUBLE))
            .multiply("W1", 3, 4)
            .then("Dropout");
    busy.node("Reshape", List.of(busy.current(), "four"))
        .opset(12)
        .then("Unsqueeze", integers("axes", List.of(1L)))
        .then("Relu")
        .then("Squeeze", integers("axes", List.of(-2L)))
        .withMask("Dropout");
    busy.node("Reshape", List.of(busy.current(), "rest"))
        .multiply("W2", 4, 2)
        .then("Cast", integer("to", OnnxTensor.FLOAT16));
    same(busy, plain);
  }

  @Test
  void aSingleOutputMayLoseItsDimension() {
    Chain chain = new Chain(-1, 3).constant(OnnxTensor.ofIntegers("last", -1)).multiply("W1", 3, 1);
    chain.node("Squeeze", List.of(chain.current(), "last")).then("Sigmoid");
    assertThat(load(chain).task()).isEqualTo(Task.BINARY);
  }

  @Test
  void reshapesThatChangeTheTableAreRefused() {
    for (long[] sizes : new long[][] {{-1, 2}, {3, -1}, {2, 6}, {-1}, {-1, 1, 4}, {-1, -1}}) {
      Chain chain = layer().constant(OnnxTensor.ofIntegers("sizes", sizes));
      refused(chain.node("Reshape", List.of(chain.current(), "sizes")), "operator Reshape", "resh");
    }
    refused(layer().then("Flatten", integer("axis", 0)), "operator Flatten", "has axis 0");
    refused(new Chain(-1, 2, 2).then("Flatten").multiply("W", 4, 1), "input 'x'", "not a table");
    refused(layer().opset(12).then("Squeeze"), "operator Squeeze", "takes a dimension away");
    OnnxAttribute first = integers("axes", List.of(0L));
    refused(layer().opset(12).then("Unsqueeze", first), "operator Unsqueeze", "adds a dimension");
    refused(
        layer().opset(12).then("Unsqueeze", first).multiply("W2", 4, 2),
        "operator MatMul",
        "works on the result of Unsqueeze (node 'node1')");
  }

  @Test
  void constantsOfEveryKind() {
    Chain plain = layer();
    OnnxTensor weights = plainWeights(plain);
    Chain nodes =
        new Chain(-1, 3)
            .constantNode("W", OnnxAttribute.tensor("value", weights))
            .constantNode("half", real("value_float", 0.5f))
            .constantNode("shift", OnnxAttribute.reals("value_floats", 1, 2, 3, 4))
            .node("Identity", List.of("W"));
    String renamed = nodes.current();
    nodes.node("MatMul", List.of("x", renamed));
    nodes.node("Mul", List.of("half", nodes.current()));
    nodes.node("Add", List.of("shift", nodes.current()));
    Model model = load(nodes);
    assertThat(model.weights().biases(1)).containsExactly(1, 2, 3, 4);
    float[] doubled = model.weights().weights(1);
    for (int i = 0; i < doubled.length; i++) {
      assertThat(2 * doubled[i]).isEqualTo(load(plain).weights().weights(1)[i]);
    }
  }

  /** The weights of a single layer as its file holds them, inputs × units. */
  private static OnnxTensor plainWeights(Chain chain) {
    float[] byUnit = load(chain).weights().weights(1);
    float[] values = new float[byUnit.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = byUnit[i % 4 * 3 + i / 4];
    }
    return OnnxTensor.ofFloats("W", values, 3, 4);
  }

  @Test
  void halfPrecisionWeights() {
    short[] halves = {0x3c00, (short) 0xc000, 0x3555, 0x0001, (short) 0x8400, 0x7bff};
    ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    data.asShortBuffer().put(halves);
    OnnxTensor tensor =
        new OnnxTensor("W", List.of(6L, 1L), OnnxTensor.FLOAT16, data, List.of(), null);
    assertThat(load(new Chain(-1, 6).multiply(tensor)).weights().weights(1))
        .containsExactly(1, -2, 0.33325195f, 5.9604645e-8f, -6.1035156e-5f, 65504);
  }

  @Test
  void logSoftmaxIsASoftmax() {
    assertThat(load(layer().then("LogSoftmax")).task()).isEqualTo(Task.MULTICLASS);
    assertThat(load(layer().then("LogSoftmax"))).isEqualTo(load(layer().then("Softmax")));
  }

  @Test
  void trainingModeIsRefused() {
    Chain dropout = layer().constant(OnnxTensor.ofFloats("ratio", new float[] {0.5f}));
    dropout.constantNode("on", integer("value_int", 1));
    dropout.node("Dropout", List.of(dropout.current(), "ratio", "on"));
    refused(dropout, "operator Dropout", "training mode");
    Chain masked = layer().withMask("Dropout");
    refused(masked.from(masked.current() + "mask").then("Relu"), "operator Relu", "not a chain");
  }

  @Test
  void stepsThatDontFoldAreRefused() {
    Chain zero = layer().constant(OnnxTensor.ofFloats("zero", new float[] {0}));
    refused(zero.node("Div", List.of(zero.current(), "zero")), "operator Div", "divides by zero");
    refused(layer().add("b", 3, 1), "operator Add", "mixes samples and units");
    refused(layer().add("b", 3, 4), "operator Add", "of shape [3, 4]; only single numbers");
    refused(layer().add("b", 1, 1, 4), "operator Add", "of shape [1, 1, 4]");
    refused(layer().add("b", 5), "operator Add", "5 numbers, which does not fit 4 units");
    refused(new Chain(-1, 3).add("b", 5), "operator Add", "but input 'x' has 3 features");
    refused(layer().then("Softmax").add("b", 4), "operator Add", "comes after Softmax");
    refused(layer().then("Cast", integer("to", OnnxTensor.INT64)), "operator Cast", "ONNX type 7");
    Chain huge = layer();
    float[] large = {Float.MAX_VALUE};
    huge.constant(OnnxTensor.ofFloats("large", large));
    huge.node("Mul", List.of("large", huge.current()));
    huge.node("Mul", List.of("large", huge.current()));
    refused(huge, "operator MatMul", "weights must be finite float32");
  }

  @Test
  void namesThatComeTwiceAreRefused() {
    Chain chain = layer().constantNode("x", real("value_float", 1));
    refused(chain, "operator Constant", "gives 'x', which is there already");
    refused(
        layer().then("LeakyRelu", real("alpha", 0.01f), real("alpha", 0.2f)),
        "operator LeakyRelu",
        "has attribute 'alpha' twice");
  }

  private static void refused(Chain chain, String operator, String why) {
    assertThatThrownBy(() -> load(chain))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("can't use the model: ")
        .hasMessageContaining(operator)
        .hasMessageContaining(why);
  }
}
