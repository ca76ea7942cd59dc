package org.shallownet.model.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.model.onnx.OnnxAttribute.integer;
import static org.shallownet.model.onnx.OnnxAttribute.integers;
import static org.shallownet.model.onnx.OnnxAttribute.real;
import static org.shallownet.model.onnx.OnnxAttribute.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
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
import org.shallownet.model.Predictions;
import org.shallownet.model.Predictor;
import org.shallownet.model.Samples;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxTensor;

/** Functions of other tools' layers that are none of our activations, judged by ONNX Runtime. */
class UnitFunctionsTest {
  private static final int FEATURES = 3;
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

  private static Chain layer(int units) {
    return new Chain(-1, FEATURES).opset(20).multiply("W1", FEATURES, units).add("b1", units);
  }

  private static Model load(Chain chain) {
    return Model.load(chain.bytes());
  }

  /** Compares the chain's scores with ONNX Runtime's. */
  private static Model check(Chain chain) throws Exception {
    float[][] x = Samples.features(40, FEATURES, 3);
    for (float[] row : x) {
      for (int c = 0; c < FEATURES; c++) {
        row[c] *= 0.2f;
      }
    }
    Model model = load(chain);
    float[][] expected;
    try (Judge judge = new Judge(chain.bytes())) {
      expected = (float[][]) judge.score(x).values().iterator().next();
    }
    List<float[]> ours = new ArrayList<>();
    try (Predictor predictor = new Predictor(backend, model)) {
      int columns = predictor.columns();
      predictor.score(
          FloatTable.of(x),
          (first, rows, values) -> {
            for (int r = 0; r < rows; r++) {
              ours.add(Arrays.copyOfRange(values, r * columns, (r + 1) * columns));
            }
          });
    }
    for (int r = 0; r < x.length; r++) {
      float[] row = ours.get(r);
      float[] same = model.task() == Task.BINARY ? new float[] {row[1]} : row;
      float scale = 1;
      for (float value : expected[r]) {
        scale = Math.max(scale, Math.abs(value));
      }
      assertThat(same).containsExactly(expected[r], within(1e-5f * scale));
    }
    return model;
  }

  /** Checks a function between two layers, at the end, and before a softmax. */
  private static void everywhere(String operators, UnaryOperator<Chain> function) throws Exception {
    Model model = check(function.apply(layer(4)).multiply("W2", 4, 2).add("b2", 2));
    assertThat(model.activationNames()).containsExactly(operators);
    assertThat(model.task()).isEqualTo(Task.REGRESSION);
    assertThat(check(function.apply(layer(4))).outputName()).isEqualTo(operators);
    assertThat(check(function.apply(layer(4)).then("Softmax")).task()).isEqualTo(Task.MULTICLASS);
    assertThat(check(function.apply(layer(4)).then("Sigmoid")).task()).isEqualTo(Task.MULTILABEL);
    check(function.apply(function.apply(layer(4)).multiply("W2", 4, 5)).multiply("W3", 5, 1));
  }

  private static void everywhere(String operator, OnnxAttribute... attributes) throws Exception {
    everywhere(operator, chain -> chain.then(operator, attributes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Elu",
        "Celu",
        "Selu",
        "Gelu",
        "HardSigmoid",
        "HardSwish",
        "Mish",
        "Softplus",
        "Softsign",
        "ThresholdedRelu",
        "Erf",
        "Abs"
      })
  void operatorsAsTheyAre(String operator) throws Exception {
    everywhere(operator);
  }

  @Test
  void operatorsWithSettings() throws Exception {
    everywhere("Elu", real("alpha", 0.3f));
    everywhere("Celu", real("alpha", 2.5f));
    everywhere("Selu", real("alpha", 1.5f), real("gamma", 1.2f));
    everywhere("Gelu", text("approximate", "tanh"));
    everywhere("HardSigmoid", real("alpha", 0.3f), real("beta", 0.4f));
    everywhere("LeakyRelu", real("alpha", 0.3f));
    everywhere("LeakyRelu", real("alpha", -0.3f));
    everywhere("ThresholdedRelu", real("alpha", 0.3f));
  }

  private static Chain constants(Chain chain, Object... namesAndNumbers) {
    for (int i = 0; i < namesAndNumbers.length; i += 2) {
      float number = ((Number) namesAndNumbers[i + 1]).floatValue();
      chain.constantNode(
          (String) namesAndNumbers[i] + chain.current(), real("value_float", number));
    }
    return chain;
  }

  @Test
  void clips() throws Exception {
    everywhere(
        "Clip",
        chain -> {
          String z = constants(chain, "low", -0.5f, "high", 0.7f).current();
          return chain.node("Clip", List.of(z, "low" + z, "high" + z));
        });
    everywhere(
        "Clip",
        chain -> {
          String z = constants(chain, "high", 0.4f).current();
          return chain.node("Clip", List.of(z, "", "high" + z));
        });
    everywhere(
        "Max, Min",
        chain -> {
          String z = constants(chain, "low", 0, "high", 0.6f).current();
          return chain
              .node("Max", List.of(z, "low" + z))
              .node("Min", List.of("high" + z, chain.current()));
        });
    Chain old = layer(4).opset(10).then("Clip", real("min", 0), real("max", 0.5f));
    check(old.multiply("W2", 4, 2));
  }

  @Test
  void choices() throws Exception {
    everywhere(
        "Greater, Exp, Log, Where",
        chain -> {
          String z = constants(chain, "much", 1.5f, "one", 1).current();
          chain.node("Greater", List.of(z, "much" + z));
          String large = chain.current();
          chain.node("Exp", List.of(z));
          chain.node("Add", List.of(chain.current(), "one" + z)).then("Log");
          return chain.node("Where", List.of(large, z, chain.current()));
        });
    everywhere(
        "LessOrEqual, Where",
        chain -> {
          String z = constants(chain, "low", 0.2f, "instead", -1).current();
          chain.node("LessOrEqual", List.of(z, "low" + z));
          return chain.node("Where", List.of(chain.current(), "instead" + z, z));
        });
    everywhere(
        "Sign, Less, GreaterOrEqual, Max, Mul, Add",
        chain -> {
          String z = constants(chain, "half", 0.5f).current();
          String sign = chain.then("Sign").current();
          String less =
              chain.node("Less", List.of(z, "half" + z)).then("Cast", toFloat()).current();
          chain.node("GreaterOrEqual", List.of("half" + z, z)).then("Cast", toFloat());
          chain.node("Max", List.of(less, chain.current()));
          chain.node("Mul", List.of(sign, chain.current()));
          return chain.node("Add", List.of(chain.current(), z));
        });
    OnnxTensor bounds = OnnxTensor.ofFloats("bounds", new float[] {-1, 0, 0.5f, 1}, 4);
    Chain each = layer(4).constant(bounds);
    check(each.node("Max", List.of(each.current(), "bounds")).multiply("W2", 4, 2));
  }

  private static OnnxAttribute toFloat() {
    return integer("to", OnnxTensor.FLOAT);
  }

  @Test
  void aSlopeForEachUnit() throws Exception {
    OnnxTensor slopes = OnnxTensor.ofFloats("slopes", new float[] {0.1f, -0.5f, 2, 0.01f}, 4);
    Chain chain = layer(4).constant(slopes);
    chain.node("PRelu", List.of(chain.current(), "slopes"));
    assertThat(check(chain.multiply("W2", 4, 2)).activationNames()).containsExactly("PRelu");
    OnnxTensor one = OnnxTensor.ofFloats("slopes", new float[] {0.25f}, 1);
    Chain shared = layer(4).constant(one);
    check(shared.node("PRelu", List.of(shared.current(), "slopes")).multiply("W2", 4, 2));
  }

  @Test
  void geluAsExportersWriteItOut() throws Exception {
    everywhere(
        "Erf, Mul",
        chain -> {
          String z = constants(chain, "root", Math.sqrt(2), "one", 1, "half", 0.5f).current();
          chain.node("Div", List.of(z, "root" + z)).then("Erf");
          chain.node("Add", List.of(chain.current(), "one" + z));
          chain.node("Mul", List.of(z, chain.current()));
          return chain.node("Mul", List.of(chain.current(), "half" + z));
        });
    everywhere(
        "Pow, Add, Tanh, Mul",
        chain -> {
          constants(chain, "three", 3, "c", 0.044715, "root", Math.sqrt(2 / Math.PI));
          String z = constants(chain, "one", 1, "half", 0.5f).current();
          chain.node("Pow", List.of(z, "three" + z));
          chain.node("Mul", List.of(chain.current(), "c" + z));
          chain.node("Add", List.of(z, chain.current()));
          chain.node("Mul", List.of(chain.current(), "root" + z)).then("Tanh");
          chain.node("Add", List.of(chain.current(), "one" + z));
          String factor = chain.current();
          chain.node("Mul", List.of(z, "half" + z));
          return chain.node("Mul", List.of(chain.current(), factor));
        });
  }

  @Test
  void functionsOfTheLayerTwice() throws Exception {
    everywhere(
        "Sigmoid, Mul",
        chain -> {
          String z = chain.current();
          return chain.then("Sigmoid").node("Mul", List.of(z, chain.current()));
        });
    everywhere(
        "Softplus, Tanh, Mul",
        chain -> {
          String z = chain.current();
          return chain.then("Softplus").then("Tanh").node("Mul", List.of(z, chain.current()));
        });
    everywhere(
        "Abs, Exp, Div, Sub",
        chain -> {
          String z = constants(chain, "two", 2).current();
          chain.then("Abs").then("Neg").then("Exp");
          chain.node("Add", List.of(chain.current(), "two" + z));
          chain.node("Div", List.of("two" + z, chain.current()));
          return chain.node("Sub", List.of(z, chain.current()));
        });
    everywhere("Relu, Tanh", chain -> chain.then("Relu").then("Tanh"));
  }

  @Test
  void aFinalFunctionIsNoLogit() throws Exception {
    for (String operator : List.of("Relu", "Tanh", "Elu")) {
      Model model = check(layer(3).then(operator));
      assertThat(model.task()).isEqualTo(Task.REGRESSION);
      assertThat(model.spec().sizes()).isEqualTo("3-3");
      assertThat(model.outputName()).isEqualTo(operator);
      assertThatThrownBy(() -> model.asLogits(Task.MULTICLASS))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("the network ends in " + operator + ", so its outputs are numb");
      assertThatThrownBy(() -> model.toBytes())
          .isInstanceOf(DataException.class)
          .hasMessageContaining("with " + operator + " can't be written again; copy its file");
    }
  }

  @Test
  void severalSigmoidsAreYesNoTargets() throws Exception {
    assertThat(check(layer(3).then("Sigmoid")).task()).isEqualTo(Task.MULTILABEL);
    Chain scaled = constants(layer(3).then("Sigmoid"), "two", 2);
    String a = scaled.current();
    Model model = check(scaled.node("Mul", List.of("two" + a, a)));
    assertThat(model.task()).isEqualTo(Task.REGRESSION);
    assertThat(model.outputName()).isEqualTo("Sigmoid");
  }

  @Test
  void theRuntimesOwnGelus() throws Exception {
    // The same numbers as those of the operators that ONNX has since.
    float[][] x = Samples.features(20, FEATURES, 3);
    Chain plain = layer(4).then("Gelu").multiply("W2", 4, 2);
    Chain own = layer(4).domain("com.microsoft").then("Gelu").domain("").multiply("W2", 4, 2);
    Predictions expected = load(plain).predict(backend, FloatTable.of(x));
    Predictions ours = load(own).predict(backend, FloatTable.of(x));
    for (int r = 0; r < x.length; r++) {
      assertThat(ours.value(r)).isEqualTo(expected.value(r));
    }
    Chain fast = layer(4).domain("com.microsoft").then("FastGelu").domain("");
    assertThat(load(fast).outputName()).isEqualTo("FastGelu");
    Chain quick = layer(4).domain("com.microsoft").then("QuickGelu").domain("");
    assertThat(load(quick).outputName()).isEqualTo("QuickGelu");
  }

  @Test
  void whatReshapesByTheTablesOwnShapeIsLeftAsItIs() throws Exception {
    Chain chain = layer(4);
    String z = chain.current();
    chain.constant(OnnxTensor.ofInteger("first", 0));
    chain.constant(OnnxTensor.ofIntegers("axes", 0)).constant(OnnxTensor.ofIntegers("rest", -1));
    chain.then("Shape").node("Gather", List.of(chain.current(), "first"), integer("axis", 0));
    chain.node("Unsqueeze", List.of(chain.current(), "axes"));
    chain.node("Concat", List.of(chain.current(), "rest"), integer("axis", 0));
    chain.node("Reshape", List.of(z, chain.current())).then("Relu").multiply("W2", 4, 2);
    assertThat(check(chain).spec().sizes()).isEqualTo("3-4-2");

    Chain whole = layer(4);
    String y = whole.current();
    whole.then("Shape").node("Reshape", List.of(y, whole.current()));
    check(whole.multiply("W2", 4, 2));

    Chain start = new Chain(-1, FEATURES).opset(15).constant(OnnxTensor.ofIntegers("rest", -1));
    start.node("Shape", List.of("x"), integer("start", 0), integer("end", 1));
    start.node("Concat", List.of(start.current(), "rest"), integer("axis", 0));
    start.node("Reshape", List.of("x", start.current())).multiply("W1", FEATURES, 2);
    check(start);
  }

  @Test
  void aSingleOutputMayBecomeARow() throws Exception {
    Chain chain = layer(4).then("Elu").multiply("W2", 4, 1);
    chain.constant(OnnxTensor.ofIntegers("row", -1));
    chain.node("Reshape", List.of(chain.current(), "row")).then("Sigmoid");
    assertThat(load(chain).task()).isEqualTo(Task.BINARY);
    Chain several = layer(4).constant(OnnxTensor.ofIntegers("row", -1));
    refused(several.node("Reshape", List.of(several.current(), "row")), "reshapes to [-1]");
  }

  @Test
  void otherReshapesByAShapeAreRefused() {
    Chain turned = layer(4);
    String z = turned.current();
    turned.constant(OnnxTensor.ofIntegers("second", 1)).constant(OnnxTensor.ofIntegers("r", -1));
    turned.then("Shape").node("Gather", List.of(turned.current(), "second"));
    turned.node("Concat", List.of("r", turned.current()), integer("axis", 0));
    turned.node("Concat", List.of(turned.current(), "r"), integer("axis", 0));
    refused(turned.node("Reshape", List.of(z, turned.current())), "reshapes to [-1, 4, -1]");
    Chain half = layer(4).constant(OnnxTensor.ofIntegers("two", 2));
    half.then("Shape").node("Gather", List.of(half.current(), "two"));
    refused(half, "takes size 2 of a table, which has 2");
    Chain numbers = layer(4);
    numbers.then("Shape").then("Cast", integer("to", OnnxTensor.FLOAT));
    refused(numbers, "converts a shape to other than int64");
  }

  @Test
  void whatIsNoFunctionOfEachUnitIsRefused() {
    refused(layer(4).then("Relu").from("x").then("Tanh"), "reads 'x' besides or instead of 'v2'");
    refused(new Chain(-1, 3).then("Elu").multiply("W", 3, 2), "features can only be shifted");
    Chain skip = layer(4);
    String z = skip.current();
    skip.then("Relu").multiply("W2", 4, 4);
    refused(skip.node("Add", List.of(z, skip.current())), "not a chain; export a network without");
    Chain open = layer(4).opset(12);
    String y = open.current();
    open.then("Unsqueeze", integers("axes", List.of(1L)));
    refused(open.node("Mul", List.of(y, open.current())), "works on the result of Unsqueeze");
    Chain two = layer(4).constant(OnnxTensor.ofFloats("two", new float[] {1, 2}, 2));
    refused(two.node("Pow", List.of(two.current(), "two")), "has a constant 'two' of several");
    refused(layer(4).then("Gelu", text("approximate", "erf")), "has approximate 'erf'");
    refused(layer(4).then("Celu", real("alpha", 0)), "has alpha 0");
    Chain many = layer(4);
    for (int i = 0; i <= UnitFunction.MOST_STEPS; i++) {
      many.then("Tanh");
    }
    refused(many, "is one of more than 64 operations between two dense layers");
    Chain wide = new Chain(-1, 3).opset(20).multiply("W1", 3, 1 << 16);
    OnnxTensor shifts = OnnxTensor.ofFloats("shifts", new float[1 << 16], 1 << 16);
    wide.constant(shifts);
    for (int i = 0; i <= 1 << 8; i++) {
      wide.node("Add", List.of(wide.current(), "shifts"));
    }
    assertThatThrownBy(() -> load(wide))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("shifts and scales more than 16777216 numbers between two dense");
    Chain sizes = layer(4).constant(OnnxTensor.ofIntegers("nine", new long[9])).then("Shape");
    refused(sizes.node("Gather", List.of(sizes.current(), "nine")), "takes more than 8 sizes");
    refused(layer(4).then("Sin"), "operator Sin (node 'node2') is not supported");
  }

  private static void refused(Chain chain, String why) {
    assertThatThrownBy(() -> load(chain))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("can't use the model: operator ")
        .hasMessageContaining(why);
  }

  @Test
  void featuresFarFrom0KeepTheirDigits() throws Exception {
    float[] mean = {1e6f, -3e7f, 0.1f};
    OnnxTensor center = OnnxTensor.ofFloats("mean", mean, 3);
    OnnxTensor scale = OnnxTensor.ofFloats("deviation", new float[] {0.7f, 11, 3}, 3);
    Chain chain = new Chain(-1, FEATURES).constant(center).constant(scale);
    chain.node("Sub", List.of("x", "mean"));
    chain.node("Div", List.of(chain.current(), "deviation"));
    chain.multiply("W1", FEATURES, 4).add("b1", 4).then("Tanh").multiply("W2", 4, 1);
    float[][] x = new float[30][];
    for (int r = 0; r < x.length; r++) {
      x[r] = new float[] {mean[0] + r % 5 * 0.25f, mean[1] + r * 2, r % 7};
    }
    Model model = load(chain);
    assertThat(model.standardizer()).isNotNull();
    float[][] expected;
    try (Judge judge = new Judge(chain.bytes())) {
      expected = (float[][]) judge.score(x).values().iterator().next();
    }
    Predictions ours = model.predict(backend, FloatTable.of(x));
    for (int r = 0; r < x.length; r++) {
      assertThat(ours.value(r)).isCloseTo(expected[r][0], within(2e-6));
    }
    Path file = folder.resolve("again.onnx");
    model.save(file);
    assertThat(Model.load(file).standardizer()).isEqualTo(model.standardizer());
  }

  @Test
  void aScaleThatIsWrittenAsAProductAndASumIsAsExact() {
    float[] factor = {1 / 0.7f, 0.3f};
    float[] shift = {-1.2345678e6f, 4.4444444e5f};
    Chain chain = new Chain(-1, 2).constant(OnnxTensor.ofFloats("factor", factor, 2));
    chain.constant(OnnxTensor.ofFloats("shift", shift, 2));
    chain.node("Mul", List.of("x", "factor"));
    chain.node("Add", List.of(chain.current(), "shift"));
    chain.multiply(OnnxTensor.ofFloats("W", new float[] {1, 1}, 2, 1));
    Model model = load(chain);
    float[][] x = {{864197.5f, -1481481.4f}, {864200, -1481480}, {864195.4f, -1481490}};
    Predictions ours = model.predict(backend, FloatTable.of(x));
    for (int r = 0; r < x.length; r++) {
      double expected = 0;
      for (int i = 0; i < 2; i++) {
        expected += (double) x[r][i] * factor[i] + shift[i];
      }
      assertThat(ours.value(r)).isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
    }
  }

  @Test
  void aFactorOf0IsFolded() {
    Chain chain = new Chain(-1, 2).constant(OnnxTensor.ofFloats("f", new float[] {0, 2}, 2));
    chain.node("Mul", List.of("x", "f")).add("shift", 2);
    Model model = load(chain.multiply("W", 2, 1));
    assertThat(model.standardizer()).isNull();
    assertThat(model.weights().weight(1, 0, 0)).isEqualTo(0);
  }

  @Test
  void theErrorFunction() {
    // From the tables of Abramowitz and Stegun, Handbook of Mathematical Functions, table 7.1.
    assertThat(ErrorFunction.erf(0.5)).isCloseTo(0.5204998778, within(5e-11));
    assertThat(ErrorFunction.erf(1)).isCloseTo(0.8427007929, within(5e-11));
    assertThat(ErrorFunction.erf(2)).isCloseTo(0.9953222650, within(5e-11));
    assertThat(ErrorFunction.erf(-1)).isEqualTo(-ErrorFunction.erf(1));
    assertThat(ErrorFunction.erf(5.999)).isCloseTo(1, within(1e-15));
    assertThat(ErrorFunction.erf(7)).isEqualTo(1);
    assertThat(ErrorFunction.erf(0)).isEqualTo(0);
    assertThat(ErrorFunction.erf(1e-300)).isCloseTo(1.1283791670955126e-300, within(1e-314));
    assertThat(ErrorFunction.erf(Double.NaN)).isNaN();
  }
}
