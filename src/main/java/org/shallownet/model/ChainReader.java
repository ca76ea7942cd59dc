package org.shallownet.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.model.Affine.Samples;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;
import org.shallownet.network.Activation;

/**
 * Reads networks that other tools wrote: chains of dense layers and activations, of affine steps,
 * which become part of a layer, and of steps that leave a table as it is. Everything else is
 * refused by name, with a sentence that doesn't name the file.
 *
 * <p>Samples may be rows, as in {@code X Wᵀ + b}, or columns, as in {@code W X + b}.
 */
final class ChainReader {
  /** Before this version Gemm and Add had other rules for shapes. */
  private static final long OLDEST_OPSET = 7;

  /** What leaves probabilities as they are. */
  private static final Set<String> AFTER_THE_END =
      Set.of("Identity", "Cast", "Normalizer", "ZipMap");

  private final OnnxGraph graph;
  private final long opset;
  private final ChainConstants constants;
  private final DenseStack stack;
  private final ShapeSteps shapes;
  private final MlSteps ml;

  /** Every name that has a value already. */
  private final Set<String> known = new HashSet<>();

  private String current;

  private ChainReader(OnnxModel model, Path file) {
    graph = model.graph();
    Long version = model.opsets().get("");
    if (version == null
        && graph.nodes().stream().allMatch(node -> node.domain().equals(MlSteps.DOMAIN))) {
      version = OLDEST_OPSET; // none of ONNX's own operators is used
    }
    if (version == null || version < OLDEST_OPSET) {
      throw new DataException(
          "it uses version "
              + (version == null ? 0 : version)
              + " of the ONNX operators; export it again with opset "
              + OLDEST_OPSET
              + " or newer");
    }
    opset = version;
    constants = new ChainConstants(graph.initializers(), new ExternalFiles(file));
    List<OnnxValue> inputs =
        graph.inputs().stream().filter(value -> !constants.contains(value.name())).toList();
    if (inputs.size() != 1) {
      throw new DataException(
          "it has "
              + inputs.size()
              + " inputs "
              + inputs.stream().map(OnnxValue::name).toList()
              + ", but only networks with one are supported; export it with one table as input");
    }
    stack = new DenseStack(inputs.get(0));
    shapes = new ShapeSteps(stack);
    ml = new MlSteps(stack);
    current = inputs.get(0).name();
    known.add(current);
  }

  /**
   * The network as a model without names.
   *
   * @param file the model's file, beside which its weights may be
   * @throws DataException if the graph is anything but such a chain
   */
  static Model read(OnnxModel model, Path file) {
    ChainReader reader = new ChainReader(model, file);
    reader.graph.nodes().forEach(reader::node);
    return reader.finish(model);
  }

  private void node(OnnxNode node) {
    checkNames(node);
    if (ml.takesLabels(node)) {
      return;
    } else if (node.domain().equals(MlSteps.DOMAIN)) {
      expectInputs(node, 1, MlSteps.attributes(node));
      shapes.requireTable(node);
      current = ml.step(node);
      return;
    } else if (!node.domain().isEmpty()) {
      throw unsupported(node);
    }
    if (node.operator().equals("Constant")) {
      constants.add(node);
      return;
    }
    boolean renames = node.operator().equals("Identity") || node.operator().equals("Cast");
    if (renames && constants.contains(node.input(0))) {
      expectAttributes(node, Set.of("to", "saturate"));
      keepValue(node);
      constants.alias(node, onlyResult(node));
      return;
    }
    step(node);
    current = node.outputs().get(0);
  }

  private void step(OnnxNode node) {
    switch (node.operator()) {
      case "Gemm" -> gemm(node);
      case "MatMul" -> {
        expect(node, 2, Set.of());
        multiply(node, false, false, 1);
      }
      case "Add", "Sub", "Mul", "Div" -> elementwise(node);
      case "BatchNormalization" -> normalize(node);
      case "Relu" -> activate(node, Activation.RELU);
      case "LeakyRelu" -> leakyRelu(node);
      case "Tanh" -> activate(node, Activation.TANH);
      case "Sigmoid" -> activate(node, Activation.SIGMOID);
      case "Softmax", "LogSoftmax" -> softmax(node);
      case "Identity" -> expect(node, 1, Set.of());
      case "Cast" -> {
        expect(node, 1, Set.of("to", "saturate"));
        keepValue(node);
      }
      case "Dropout" -> dropout(node);
      case "Reshape" -> {
        expect(node, 2, Set.of("allowzero"));
        shapes.reshape(
            node, constants.integers(node, node.input(1)), node.integer("allowzero", 0) != 0);
      }
      case "Flatten" -> {
        expect(node, 1, Set.of("axis"));
        shapes.flatten(node, node.integer("axis", 1));
      }
      case "Squeeze" -> {
        expect(node, 2, Set.of("axes"));
        shapes.squeeze(node, axes(node));
      }
      case "Unsqueeze" -> {
        expect(node, 2, Set.of("axes"));
        shapes.unsqueeze(node, axes(node));
      }
      default -> throw unsupported(node);
    }
  }

  private static DataException unsupported(OnnxNode node) {
    return node.refused(
        "is not supported; export the network as a chain of dense layers (Gemm, or MatMul and Add)"
            + " with Relu, LeakyRelu, Tanh, Sigmoid or Softmax");
  }

  private void checkNames(OnnxNode node) {
    for (String output : node.outputs()) {
      if (!output.isEmpty() && (constants.contains(output) || !known.add(output))) {
        throw node.refused("gives '" + output + "', which is there already; export it again");
      }
    }
    if (node.outputs().isEmpty()) {
      throw node.refused("has no result; export the model again");
    }
  }

  private static void expectAttributes(OnnxNode node, Set<String> attributes) {
    Set<String> seen = new HashSet<>();
    for (OnnxAttribute attribute : node.attributes()) {
      if (!attributes.contains(attribute.name())) {
        throw node.refused(
            "has attribute '"
                + attribute.name()
                + "', which is not supported; export the network without it");
      } else if (!seen.add(attribute.name())) {
        throw node.refused(
            "has attribute '" + attribute.name() + "' twice; export the model again");
      }
    }
  }

  /** Checks a node that reads the current value and constants, and has one result. */
  private void expect(OnnxNode node, int inputs, Set<String> attributes) {
    onlyResult(node);
    expectInputs(node, inputs, attributes);
  }

  private static String onlyResult(OnnxNode node) {
    if (node.outputs().size() != 1) {
      throw node.refused(
          "has " + node.outputs().size() + " results, not one; export the network without it");
    }
    return node.outputs().get(0);
  }

  private void expectInputs(OnnxNode node, int inputs, Set<String> attributes) {
    expectAttributes(node, attributes);
    int data = 0;
    for (String name : node.inputs()) {
      if (name.equals(current)) {
        data++;
      } else if (!name.isEmpty() && !constants.contains(name)) {
        throw node.refused(
            "reads '"
                + name
                + "' besides or instead of '"
                + current
                + "': not a chain; export a network without branches");
      }
    }
    if (data != 1 || node.inputs().size() > inputs) {
      throw node.refused(
          "should read '"
              + current
              + "' once and constants, but reads "
              + node.inputs()
              + "; export a network without branches");
    }
    OnnxNode ending = stack.endingNode();
    if (ending != null && !AFTER_THE_END.contains(node.operator())) {
      throw node.refused(
          "comes after "
              + ending.label()
              + ", which must be the last; export the network up to there");
    }
  }

  private void gemm(OnnxNode node) {
    expect(node, 3, Set.of("alpha", "beta", "transA", "transB"));
    multiply(
        node,
        node.integer("transA", 0) != 0,
        node.integer("transB", 0) != 0,
        node.real("alpha", 1));
    if (!node.input(2).isEmpty()) {
      step(node, constant(node, node.input(2)).plus(node.real("beta", 1)), node.input(2));
    }
  }

  /** Begins a layer whose weights are the first or the second factor. */
  private void multiply(OnnxNode node, boolean transA, boolean transB, float alpha) {
    shapes.requireTable(node);
    boolean dataFirst = node.input(0).equals(current);
    if (!dataFirst && !node.input(1).equals(current)) {
      throw node.refused("does not multiply '" + current + "'; export a network without branches");
    }
    boolean transposeData = dataFirst ? transA : transB;
    boolean transposeWeights = dataFirst ? transB : transA;
    OnnxTensor tensor = constants.tensor(node, node.input(dataFirst ? 1 : 0));
    List<Long> shape = tensor.dimensions();
    if (shape.size() != 2) {
      throw node.refused(
          "has weights '"
              + tensor.name()
              + "' of shape "
              + shape
              + ", not a matrix; export a network of dense layers");
    }
    double[] values = ChainConstants.reals(node, tensor); // which checks the sizes, too
    for (int i = 0; i < values.length; i++) {
      values[i] *= alpha;
    }
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    // X op(W) has op(W) inputs × units; op(W) X has op(W) units × inputs.
    boolean byUnit = dataFirst == transposeWeights;
    DenseLayer layer =
        byUnit
            ? DenseLayer.ofUnits(node, values, rows, columns)
            : DenseLayer.ofInputs(node, values, rows, columns);
    stack.layer(
        node,
        layer,
        dataFirst != transposeData ? Samples.ROWS : Samples.COLUMNS,
        dataFirst ? Samples.ROWS : Samples.COLUMNS);
  }

  private Affine.Constant constant(OnnxNode node, String name) {
    return Affine.Constant.of(node, constants.tensor(node, name));
  }

  private void step(OnnxNode node, Affine step, String constant) {
    shapes.requireTable(node);
    String what = "has a constant '" + constant + "' of " + step.size() + " numbers";
    stack.step(node, step, what);
  }

  private void elementwise(OnnxNode node) {
    expect(node, 2, Set.of());
    boolean dataFirst = node.input(0).equals(current);
    String name = node.input(dataFirst ? 1 : 0);
    Affine.Constant constant = constant(node, name);
    Affine step =
        switch (node.operator()) {
          case "Add" -> constant.plus(1);
          case "Sub" -> dataFirst ? constant.plus(-1) : constant.minuend();
          case "Mul" -> constant.times();
          default -> {
            if (!dataFirst) {
              throw node.refused(
                  "divides a constant by '"
                      + current
                      + "', which no dense layer does; export the network without it");
            }
            yield constant.divisor();
          }
        };
    step(node, step, name);
  }

  private void normalize(OnnxNode node) {
    expectInputs(node, 5, Set.of("epsilon", "momentum", "training_mode", "spatial"));
    if (!node.input(0).equals(current) || node.inputs().size() != 5) {
      throw node.refused("should read '" + current + "' and four constants; export it again");
    } else if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) != 1) {
      throw node.refused("is not in inference mode; export the network for inference");
    }
    double epsilon = node.real("epsilon", 1e-5f);
    double[][] values = new double[4][];
    for (int i = 0; i < values.length; i++) {
      OnnxTensor tensor = constants.tensor(node, node.input(i + 1));
      values[i] = ChainConstants.reals(node, tensor);
      if (tensor.dimensions().size() != 1 || values[i].length != values[0].length) {
        throw node.refused("has constants of different or wrong shapes; export the model again");
      }
    }
    double[] factor = values[0].clone();
    double[] shift = values[1].clone();
    for (int u = 0; u < factor.length; u++) {
      factor[u] /= Math.sqrt(values[3][u] + epsilon);
      shift[u] -= values[2][u] * factor[u];
    }
    // Units are always the second dimension, however few they are.
    step(node, new Affine(factor, shift, Samples.ROWS), node.input(1));
  }

  private void leakyRelu(OnnxNode node) {
    float slope = node.real("alpha", Activation.LEAKY_SLOPE);
    if (slope != Activation.LEAKY_SLOPE) {
      throw node.refused(
          "has slope "
              + slope
              + "; only "
              + Activation.LEAKY_SLOPE
              + " is supported, so train the network with that one");
    }
    activate(node, Activation.LEAKY_RELU);
  }

  private void activate(OnnxNode node, Activation activation) {
    expect(node, 1, activation == Activation.LEAKY_RELU ? Set.of("alpha") : Set.of());
    stack.activate(node, activation);
  }

  private void softmax(OnnxNode node) {
    expect(node, 1, Set.of("axis"));
    shapes.requireTable(node);
    stack.softmax(node);
    long axis = node.integer("axis", opset < 13 ? 1 : -1);
    // Older versions flatten the table around the axis instead of working along it.
    boolean alongUnits =
        stack.samples() == Samples.ROWS
            ? axis == 1 || axis == -1
            : opset >= 13 && (axis == 0 || axis == -2);
    if (!alongUnits) {
      throw node.refused(
          "has axis " + axis + ", which does not run over the classes; export it along them");
    }
  }

  /** Checks that a conversion goes to real numbers, which change no more than by rounding. */
  private static void keepValue(OnnxNode node) {
    if (!node.operator().equals("Cast")) {
      return;
    }
    long to = node.integer("to", 0);
    if (to != OnnxTensor.FLOAT && to != OnnxTensor.DOUBLE && to != OnnxTensor.FLOAT16) {
      throw node.refused(
          "converts to ONNX type "
              + to
              + "; only float32, float64 and float16 are supported, so export the network without"
              + " it");
    }
  }

  private void dropout(OnnxNode node) {
    // A second result, the mask, is no part of a chain: whoever reads it is refused.
    expectInputs(node, 3, Set.of("ratio", "seed"));
    if (!node.input(0).equals(current)) {
      throw node.refused("should read '" + current + "' first; export the model again");
    } else if (!node.input(2).isEmpty()
        && Arrays.stream(constants.integers(node, node.input(2))).anyMatch(on -> on != 0)) {
      throw node.refused("is in training mode; export the network for inference");
    }
  }

  /** Which dimensions a step is about; null if it doesn't say. */
  private long @Nullable [] axes(OnnxNode node) {
    if (!node.input(1).isEmpty()) {
      return constants.integers(node, node.input(1));
    }
    List<Long> axes = node.integers("axes");
    return axes == null ? null : axes.stream().mapToLong(Long::longValue).toArray();
  }

  private Model finish(OnnxModel model) {
    List<String> outputs =
        graph.outputs().stream().map(OnnxValue::name).filter(name -> !ml.isLabel(name)).toList();
    if (!stack.isEmpty() && !outputs.equals(List.of(current))) {
      throw new DataException(
          "its outputs are "
              + outputs
              + ", but only a chain that ends in one output is supported; export it with '"
              + current
              + "' alone");
    }
    shapes.requireResult();
    return stack.finish(model.producerName(), model.producerVersion());
  }
}
