package org.shallownet.model.chain;

import java.util.Map;
import java.util.Set;
import org.shallownet.data.text.Printable;
import org.shallownet.model.chain.Affine.Samples;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.network.Activation;

/**
 * The steps of a chain that work on each unit for itself. Those that only shift and scale become
 * part of a dense layer; the formulas of the others are those of the ONNX operators.
 */
final class ElementwiseSteps {
  /** ONNX Runtime's own operators. */
  static final String RUNTIME_DOMAIN = "com.microsoft";

  /** The operators that read one value, with the attributes that each may have. */
  private static final Map<String, Set<String>> UNARY =
      Map.ofEntries(
          Map.entry("Relu", Set.of()),
          Map.entry("Tanh", Set.of()),
          Map.entry("Sigmoid", Set.of()),
          Map.entry("LeakyRelu", Set.of("alpha")),
          Map.entry("Elu", Set.of("alpha")),
          Map.entry("Celu", Set.of("alpha")),
          Map.entry("Selu", Set.of("alpha", "gamma")),
          Map.entry("Gelu", Set.of("approximate")),
          Map.entry("Swish", Set.of("alpha")),
          Map.entry("HardSwish", Set.of()),
          Map.entry("HardSigmoid", Set.of("alpha", "beta")),
          Map.entry("Mish", Set.of()),
          Map.entry("Softplus", Set.of()),
          Map.entry("Softsign", Set.of()),
          Map.entry("ThresholdedRelu", Set.of("alpha")),
          Map.entry("Erf", Set.of()),
          Map.entry("Exp", Set.of()),
          Map.entry("Log", Set.of()),
          Map.entry("Sqrt", Set.of()),
          Map.entry("Abs", Set.of()),
          Map.entry("Sign", Set.of()),
          Map.entry("Neg", Set.of()),
          Map.entry("Reciprocal", Set.of()));

  private static final Set<String> BINARY = Set.of("Add", "Sub", "Mul", "Div");

  /** The operators that read any values or constants of each unit. */
  private static final Set<String> CHOOSING =
      Set.of("Min", "Max", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Where");

  private static final Map<String, String> OF_THE_RUNTIME =
      Map.of("Gelu", "none", "FastGelu", "tanh", "QuickGelu", "alpha");

  private static final double GELU_CUBE = 0.044715;
  private static final float QUICK_GELU = 1.702f;

  private final DenseStack stack;
  private final ChainConstants constants;
  private final ChainValues values;

  ElementwiseSteps(DenseStack stack, ChainConstants constants, ChainValues values) {
    this.stack = stack;
    this.constants = constants;
    this.values = values;
  }

  /** Whether a node is such a step. */
  static boolean knows(OnnxNode node) {
    String operator = node.operator();
    return node.domain().isEmpty()
        ? UNARY.containsKey(operator)
            || BINARY.contains(operator)
            || CHOOSING.contains(operator)
            || Set.of("Clip", "PRelu", "Pow", "BatchNormalization").contains(operator)
        : node.domain().equals(RUNTIME_DOMAIN) && OF_THE_RUNTIME.containsKey(operator);
  }

  /** Takes a step and returns its result. */
  ChainValue step(OnnxNode node) {
    if (!node.domain().isEmpty()) {
      return runtimeGelu(node);
    }
    return switch (node.operator()) {
      case "Add", "Sub", "Mul", "Div" -> binary(node);
      case "BatchNormalization" -> normalize(node);
      case "Clip" -> clip(node);
      case "Where" -> choose(node);
      case "Min", "Max", "Greater", "GreaterOrEqual", "Less", "LessOrEqual" -> compare(node);
      case "PRelu" -> slopes(node);
      case "Pow" -> power(node);
      default -> {
        values.expect(node, 1, 1, UNARY.getOrDefault(node.operator(), Set.of()));
        ChainValue value = values.read(node, 0);
        yield value.with(unary(node, value.operand()));
      }
    };
  }

  private Operand unary(OnnxNode node, Operand z) {
    return switch (node.operator()) {
      case "Relu" -> apply(node, UnitOperator.RELU, z);
      case "Tanh" -> apply(node, UnitOperator.TANH, z);
      case "Sigmoid" -> apply(node, UnitOperator.SIGMOID, z);
      case "LeakyRelu" -> {
        float slope = node.real("alpha", Activation.LEAKY_SLOPE);
        Operand below = scaled(node, z, slope, 0);
        yield stack.apply(node, UnitOperator.RELU_ELSE, z, below, slope, 0);
      }
      case "Elu" -> {
        float alpha = node.real("alpha", 1);
        yield stack.apply(node, UnitOperator.ELU, z, null, alpha, 1);
      }
      case "Celu" -> {
        float alpha = node.real("alpha", 1);
        if (alpha == 0) {
          throw node.refused("has alpha 0, by which it divides; export the network again");
        }
        yield stack.apply(node, UnitOperator.ELU, z, null, alpha, alpha);
      }
      case "Selu" -> {
        double alpha = node.real("alpha", 1.6732632f);
        Operand elu = stack.apply(node, UnitOperator.ELU, z, null, alpha, 1);
        yield scaled(node, elu, node.real("gamma", 1.0507010f), 0);
      }
      case "Gelu" -> gelu(node, z, node.text("approximate", "none"));
      case "Swish" -> swish(node, z, node.real("alpha", 1));
      case "HardSwish" -> multiply(node, z, clip(node, scaled(node, z, 1.0 / 6, 0.5), 0, 1));
      case "HardSigmoid" -> {
        Operand line = scaled(node, z, node.real("alpha", 0.2f), node.real("beta", 0.5f));
        yield clip(node, line, 0, 1);
      }
      case "Mish" ->
          multiply(node, z, apply(node, UnitOperator.TANH, apply(node, UnitOperator.SOFTPLUS, z)));
      case "Softplus" -> apply(node, UnitOperator.SOFTPLUS, z);
      case "Softsign" -> apply(node, UnitOperator.SOFTSIGN, z);
      case "ThresholdedRelu" ->
          stack.apply(node, UnitOperator.THRESHOLD, z, null, node.real("alpha", 1), 0);
      case "Erf" -> apply(node, UnitOperator.ERF, z);
      case "Exp" -> apply(node, UnitOperator.EXP, z);
      case "Log" -> apply(node, UnitOperator.LOG, z);
      case "Sqrt" -> apply(node, UnitOperator.SQRT, z);
      case "Abs" -> apply(node, UnitOperator.ABS, z);
      case "Sign" -> apply(node, UnitOperator.SIGN, z);
      case "Neg" -> scaled(node, z, -1, 0);
      default -> stack.apply(node, UnitOperator.POWER, z, null, -1, 0); // Reciprocal
    };
  }

  private Operand apply(OnnxNode node, UnitOperator operator, Operand z) {
    return stack.apply(node, operator, z, null, 0, 0);
  }

  private Operand multiply(OnnxNode node, Operand a, Operand b) {
    return stack.apply(node, UnitOperator.MULTIPLY, a, b, 0, 0);
  }

  private Operand clip(OnnxNode node, Operand z, double low, double high) {
    return stack.apply(node, UnitOperator.CLIP, z, null, low, high);
  }

  private Operand scaled(OnnxNode node, Operand z, double factor, double shift) {
    return stack.step(node, z, Affine.scalar(factor, shift), "scales");
  }

  /** {@code z sigmoid(alpha z)}. */
  private Operand swish(OnnxNode node, Operand z, double alpha) {
    return multiply(node, z, apply(node, UnitOperator.SIGMOID, scaled(node, z, alpha, 0)));
  }

  /**
   * {@code z/2 (1 + erf(z/√2))}, or its approximation {@code z/2 (1 + tanh(√(2/π) (z + 0.044715
   * z³)))}.
   */
  private Operand gelu(OnnxNode node, Operand z, String approximate) {
    Operand function;
    if (approximate.equals("none")) {
      function = apply(node, UnitOperator.ERF, scaled(node, z, Math.sqrt(0.5), 0));
    } else if (approximate.equals("tanh")) {
      Operand cube = stack.apply(node, UnitOperator.POWER, z, null, 3, 0);
      Operand bent = scaled(node, cube, GELU_CUBE, 0);
      Operand sum = stack.apply(node, UnitOperator.ADD, z, bent, 0, 0);
      function = apply(node, UnitOperator.TANH, scaled(node, sum, Math.sqrt(2 / Math.PI), 0));
    } else {
      throw node.refused(
          "has approximate " + Printable.quoted(approximate) + "; only none and tanh are known");
    }
    return multiply(node, scaled(node, z, 0.5, 0), scaled(node, function, 1, 1));
  }

  private ChainValue runtimeGelu(OnnxNode node) {
    boolean quick = node.operator().equals("QuickGelu");
    values.expect(node, 1, 1, quick ? Set.of("alpha") : Set.of());
    ChainValue value = values.read(node, 0);
    Operand z = value.operand();
    return value.with(
        quick
            ? swish(node, z, node.real("alpha", QUICK_GELU))
            : gelu(node, z, OF_THE_RUNTIME.getOrDefault(node.operator(), "none")));
  }

  private Affine.Constant constant(OnnxNode node, String name) {
    return Affine.Constant.of(node, constants.tensor(node, name));
  }

  private ChainValue affine(OnnxNode node, ChainValue value, Affine step, String constant) {
    value.requireTable(node);
    String what =
        "has a constant " + Printable.quoted(constant) + " of " + step.size() + " numbers";
    return value.with(stack.step(node, value.operand(), step, what));
  }

  private ChainValue binary(OnnxNode node) {
    values.expect(node, 2, 2, Set.of());
    if (node.inputs().size() != 2) {
      throw node.refused("should read two values, not one; export the model again");
    }
    boolean first = values.contains(node.input(0));
    if (first && values.contains(node.input(1))) {
      return ofTwo(node, values.read(node, 0), values.read(node, 1));
    }
    ChainValue value = values.read(node, first ? 0 : 1);
    String name = node.input(first ? 1 : 0);
    Affine.Constant constant = constant(node, name);
    return switch (node.operator()) {
      case "Add" -> affine(node, value, constant.plus(1), name);
      case "Sub" -> affine(node, value, first ? constant.plus(-1) : constant.minuend(), name);
      case "Mul" -> affine(node, value, constant.times(), name);
      default -> {
        if (first) {
          yield affine(node, value, constant.divisor(), name);
        }
        Operand inverse = stack.apply(node, UnitOperator.POWER, value.operand(), null, -1, 0);
        yield affine(node, value.with(inverse), constant.times(), name);
      }
    };
  }

  /** What a node reads: values as they are, and constants for each unit. */
  private Operand operand(OnnxNode node, int index) {
    String name = node.input(index);
    if (values.contains(name)) {
      ChainValue value = values.read(node, index);
      value.requireTable(node);
      return value.operand();
    }
    Operand nothing = scaled(node, ChainValue.PLAIN.operand(), 0, 0);
    return affine(node, ChainValue.PLAIN.with(nothing), constant(node, name).plus(1), name)
        .operand();
  }

  private ChainValue compare(OnnxNode node) {
    values.expect(node, 2, 2, Set.of());
    if (node.inputs().size() != 2) {
      throw node.refused("should read two values; export the network without it");
    }
    Operand a = operand(node, 0);
    Operand b = operand(node, 1);
    return ChainValue.PLAIN.with(
        switch (node.operator()) {
          case "Min" -> stack.apply(node, UnitOperator.MINIMUM, a, b, 0, 0);
          case "Max" -> stack.apply(node, UnitOperator.MAXIMUM, a, b, 0, 0);
          case "Greater" -> stack.apply(node, UnitOperator.GREATER, a, b, 0, 0);
          case "Less" -> stack.apply(node, UnitOperator.GREATER, b, a, 0, 0);
          case "GreaterOrEqual" -> stack.apply(node, UnitOperator.GREATER_OR_EQUAL, a, b, 0, 0);
          default -> stack.apply(node, UnitOperator.GREATER_OR_EQUAL, b, a, 0, 0);
        });
  }

  /** One of two numbers: a choice by product would be not-a-number where the other is infinite. */
  private ChainValue choose(OnnxNode node) {
    values.expect(node, 3, 3, Set.of());
    if (!values.contains(node.input(0)) || node.inputs().size() != 3) {
      throw node.refused("does not choose by a value of the network; export it without");
    }
    Operand condition = operand(node, 0);
    Operand yes = stack.apply(node, UnitOperator.KEEP_IF, condition, operand(node, 1), 0, 0);
    Operand no = stack.apply(node, UnitOperator.KEEP_UNLESS, condition, operand(node, 2), 0, 0);
    return ChainValue.PLAIN.with(stack.apply(node, UnitOperator.ADD, yes, no, 0, 0));
  }

  private ChainValue ofTwo(OnnxNode node, ChainValue a, ChainValue b) {
    a.requireTable(node);
    b.requireTable(node);
    UnitOperator operator =
        switch (node.operator()) {
          case "Add", "Sub" -> UnitOperator.ADD;
          case "Mul" -> UnitOperator.MULTIPLY;
          default -> UnitOperator.DIVIDE;
        };
    Operand second = b.operand();
    if (node.operator().equals("Sub")) {
      second = scaled(node, second, -1, 0);
    }
    return a.with(stack.apply(node, operator, a.operand(), second, 0, 0));
  }

  private static double single(OnnxNode node, Affine.Constant constant, String name) {
    Double number = constant.single();
    if (number == null) {
      throw node.refused(
          "has a constant "
              + Printable.quoted(name)
              + " of several numbers; only a single one is supported");
    }
    return number;
  }

  private ChainValue power(OnnxNode node) {
    values.expect(node, 2, 1, Set.of());
    ChainValue value = values.read(node, 0);
    double exponent = single(node, constant(node, node.input(1)), node.input(1));
    Operand z = value.operand();
    return value.with(stack.apply(node, UnitOperator.POWER, z, null, exponent, 0));
  }

  private ChainValue clip(OnnxNode node) {
    values.expect(node, 3, 1, Set.of("min", "max"));
    ChainValue value = values.read(node, 0);
    double low = bound(node, 1, node.real("min", Float.NEGATIVE_INFINITY));
    double high = bound(node, 2, node.real("max", Float.POSITIVE_INFINITY));
    return value.with(clip(node, value.operand(), low, high));
  }

  private double bound(OnnxNode node, int input, double otherwise) {
    if (node.input(input).isEmpty()) {
      return otherwise;
    }
    double[] bounds = constants.tensor(node, node.input(input)).doubles();
    if (bounds.length != 1 || Double.isNaN(bounds[0])) {
      throw node.refused(
          "has a bound " + Printable.quoted(node.input(input)) + " that is no single number");
    }
    return bounds[0];
  }

  private ChainValue slopes(OnnxNode node) {
    values.expect(node, 2, 1, Set.of());
    ChainValue value = values.read(node, 0);
    Operand z = value.operand();
    Affine step = constant(node, node.input(1)).times();
    ChainValue below = affine(node, value, step, node.input(1));
    return value.with(stack.apply(node, UnitOperator.RELU_ELSE, z, below.operand(), 0, 0));
  }

  private ChainValue normalize(OnnxNode node) {
    values.expectInputs(node, 5, 1, Set.of("epsilon", "momentum", "training_mode", "spatial"));
    if (node.inputs().size() != 5) {
      throw node.refused(
          "should read "
              + Printable.quoted(values.current())
              + " and four constants; export it again");
    } else if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) != 1) {
      throw node.refused("is not in inference mode; export the network for inference");
    }
    ChainValue value = values.read(node, 0);
    double epsilon = node.real("epsilon", 1e-5f);
    double[][] numbers = new double[4][];
    for (int i = 0; i < numbers.length; i++) {
      OnnxTensor tensor = constants.tensor(node, node.input(i + 1));
      numbers[i] = ChainConstants.reals(node, tensor);
      if (tensor.dimensions().size() != 1 || numbers[i].length != numbers[0].length) {
        throw node.refused("has constants of different or wrong shapes; export the model again");
      }
    }
    double[] factor = numbers[0].clone();
    double[] shift = numbers[1].clone();
    for (int u = 0; u < factor.length; u++) {
      factor[u] /= Math.sqrt(numbers[3][u] + epsilon);
      shift[u] -= numbers[2][u] * factor[u];
    }
    // Units are always the second dimension, however few they are.
    return affine(node, value, new Affine(factor, shift, Samples.ROWS), node.input(1));
  }
}
