package org.shallownet.model.chain;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Task;
import org.shallownet.data.text.Printable;
import org.shallownet.model.chain.Affine.Samples;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;

/**
 * The operators of {@code ai.onnx.ml} that linear models of scikit-learn become. Their labels are
 * set aside: they follow from the scores.
 */
final class MlSteps {
  static final String DOMAIN = "ai.onnx.ml";

  private final DenseStack stack;
  private final ChainValues values;
  private final Set<String> labels = new HashSet<>();

  MlSteps(DenseStack stack, ChainValues values) {
    this.stack = stack;
    this.values = values;
  }

  boolean isLabel(String name) {
    return labels.contains(name);
  }

  /** Whether a node works on labels alone; then its results are labels, too. */
  boolean takesLabels(OnnxNode node) {
    if (node.inputs().isEmpty() || !labels.containsAll(node.inputs())) {
      return false;
    }
    labels.addAll(node.outputs());
    return true;
  }

  /** The settings that an operator may have. */
  private static Set<String> attributes(OnnxNode node) {
    return switch (node.operator()) {
      case "Scaler" -> Set.of("offset", "scale");
      case "LinearRegressor" -> Set.of("coefficients", "intercepts", "post_transform", "targets");
      case "LinearClassifier" ->
          Set.of(
              "coefficients",
              "intercepts",
              "post_transform",
              "multi_class",
              "classlabels_ints",
              "classlabels_strings");
      case "Normalizer" -> Set.of("norm");
      case "ZipMap" -> Set.of("classlabels_int64s", "classlabels_strings");
      default ->
          throw node.refused(
              "is not supported; of ai.onnx.ml only Scaler, LinearRegressor, LinearClassifier,"
                  + " Normalizer and ZipMap are, so export another model");
    };
  }

  /** Takes a step. */
  void step(OnnxNode node) {
    values.expectInputs(node, 1, 1, attributes(node));
    ChainValue value = values.read(node, 0);
    value.requireTable(node);
    boolean classifies = node.operator().equals("LinearClassifier");
    if (node.outputs().size() != (classifies ? 2 : 1)) {
      throw node.refused("has " + node.outputs().size() + " results; export the model again");
    }
    String result = node.outputs().get(classifies ? 1 : 0);
    switch (node.operator()) {
      case "Scaler" -> values.add(result, value.with(scaled(node, value.operand())));
      case "LinearRegressor" -> {
        if (!node.text("post_transform", "NONE").equals("NONE")) {
          throw node.refused("has a post_transform; export the model without one");
        }
        Operand sums = dense(node, value.operand(), node.integer("targets", 1));
        values.restart(result);
        values.add(result, ChainValue.PLAIN.with(sums));
      }
      case "LinearClassifier" -> {
        labels.add(node.outputs().get(0));
        classify(node, value.operand(), result);
      }
      default -> {
        // Normalizer and ZipMap leave probabilities, which add up to 1, as they are.
        if (!values.ended() || !node.text("norm", "L1").equals("L1")) {
          throw node.refused("does not follow probabilities; export the model without it");
        }
        values.add(result, value);
      }
    }
  }

  private Operand scaled(OnnxNode node, Operand value) {
    double[] offset = reals(node, "offset");
    double[] scale = reals(node, "scale");
    double[] ones = new double[offset.length];
    Arrays.fill(ones, 1);
    for (int i = 0; i < offset.length; i++) {
      offset[i] = -offset[i];
    }
    Samples of = Samples.ROWS;
    String what = "has an offset of " + offset.length + " numbers";
    Operand centered =
        stack.step(node, value, new Affine(ones, offset, offset.length == 1 ? null : of), what);
    what = "has a scale of " + scale.length + " numbers";
    double[] zeros = new double[scale.length];
    return stack.step(
        node, centered, new Affine(scale, zeros, scale.length == 1 ? null : of), what);
  }

  private static double[] reals(OnnxNode node, String attribute) {
    OnnxTensor tensor = node.reals(attribute);
    if (tensor == null) {
      throw node.refused(
          "lacks attribute " + Printable.quoted(attribute) + "; export the model again");
    }
    return ChainConstants.reals(node, tensor.named(attribute));
  }

  private static double @Nullable [] intercepts(OnnxNode node, long units) {
    if (node.reals("intercepts") == null) {
      return null;
    }
    double[] intercepts = reals(node, "intercepts");
    if (intercepts.length != units) {
      throw node.refused(
          "has " + intercepts.length + " intercepts for " + units + " outputs; export it again");
    }
    return intercepts;
  }

  private Operand dense(OnnxNode node, Operand value, long units) {
    double[] coefficients = reals(node, "coefficients");
    double[] intercepts = intercepts(node, units);
    if (units < 1 || coefficients.length % units != 0) {
      throw node.refused(
          "has "
              + coefficients.length
              + " coefficients for "
              + units
              + " outputs; export it again");
    }
    int outputs = Math.toIntExact(units); // at most the number of coefficients
    return add(node, value, coefficients, intercepts, outputs);
  }

  private Operand add(
      OnnxNode node,
      Operand value,
      double[] coefficients,
      double @Nullable [] intercepts,
      int outputs) {
    int inputs = coefficients.length / outputs;
    DenseLayer layer = DenseLayer.ofUnits(node, coefficients, outputs, inputs);
    stack.layer(node, value, layer, Samples.ROWS, Samples.ROWS);
    Operand products = ChainValue.PLAIN.operand();
    if (intercepts == null) {
      return products;
    }
    double[] ones = new double[outputs];
    Arrays.fill(ones, 1);
    Affine shift = new Affine(ones, intercepts, Samples.ROWS);
    return stack.step(node, products, shift, "has intercepts");
  }

  private void classify(OnnxNode node, Operand value, String result) {
    List<Long> numbers = node.integers("classlabels_ints");
    int classes = numbers == null ? node.texts("classlabels_strings").size() : numbers.size();
    String transform = node.text("post_transform", "NONE");
    switch (transform) {
      case "NONE" -> {
        Operand scores = dense(node, value, classes);
        values.restart(result);
        values.add(result, ChainValue.PLAIN.with(scores));
      }
      case "SOFTMAX" -> {
        stack.softmax(node, dense(node, value, classes));
        values.end(node, result);
      }
      case "LOGISTIC" -> {
        double[] coefficients = positive(node, reals(node, "coefficients"), classes);
        stack.end(add(node, value, coefficients, bias(node, classes), 1), Task.BINARY);
        values.end(node, result);
      }
      default ->
          throw node.refused(
              "has post_transform "
                  + transform
                  + "; only NONE, LOGISTIC of two classes and SOFTMAX are supported");
    }
  }

  private static double @Nullable [] bias(OnnxNode node, int classes) {
    double[] intercepts = intercepts(node, classes);
    return intercepts == null ? null : positive(node, intercepts, classes);
  }

  /** The half of the second of two classes, whose scores are those of the first negated. */
  private static double[] positive(OnnxNode node, double[] both, int classes) {
    int half = both.length / 2;
    boolean negated = classes == 2 && both.length % 2 == 0;
    for (int i = 0; negated && i < half; i++) {
      negated = both[i] == -both[half + i];
    }
    if (!negated) {
      throw node.refused(
          "has a LOGISTIC score for each of "
              + classes
              + " classes; train a multinomial model, whose scores are a softmax");
    }
    return Arrays.copyOfRange(both, half, both.length);
  }
}
