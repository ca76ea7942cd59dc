package org.shallownet.model.chain;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;
import org.shallownet.model.chain.Affine.Samples;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;

/**
 * Reads networks that other tools wrote: chains of dense layers and activations, of affine steps,
 * which become part of a layer, of other functions of each unit for itself, between two layers in
 * any order, and of steps that leave a table as it is. Everything else is refused by name, with a
 * sentence that doesn't name the file.
 *
 * <p>Samples may be rows, as in {@code X Wᵀ + b}, or columns, as in {@code W X + b}.
 */
public final class ChainReader {
  /** Before this version Gemm and Add had other rules for shapes. */
  private static final long OLDEST_OPSET = 7;

  private static final int MOST_NAMED = 5;

  private final OnnxGraph graph;
  private final long opset;
  private final ChainConstants constants;
  private final ChainValues values;
  private final DenseStack stack;
  private final TableSizes sizes;
  private final ElementwiseSteps elementwise;
  private final ShapeSteps shapes;
  private final MlSteps ml;

  /** Every name that has a value already. */
  private final Set<String> known = new HashSet<>();

  private ChainReader(OnnxModel model, ExternalFiles files) {
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
    constants = new ChainConstants(graph.initializers(), files);
    List<OnnxValue> inputs =
        graph.inputs().stream().filter(value -> !constants.contains(value.name())).toList();
    if (inputs.size() != 1) {
      throw new DataException(
          "it has "
              + inputs.size()
              + " inputs "
              + ColumnNames.list(inputs.stream().map(OnnxValue::name).toList(), MOST_NAMED)
              + ", but only networks with one are supported; export it with one table as input");
    }
    values = new ChainValues(inputs.get(0).name(), constants);
    stack = new DenseStack(inputs.get(0));
    sizes = new TableSizes(stack, constants);
    elementwise = new ElementwiseSteps(stack, constants, values);
    shapes = new ShapeSteps(stack, sizes);
    ml = new MlSteps(stack, values);
    known.add(inputs.get(0).name());
  }

  /**
   * The network without names.
   *
   * @param files where its weights may be
   * @throws DataException if the graph is anything but such a chain
   */
  public static DenseChain read(OnnxModel model, ExternalFiles files) {
    ChainReader reader = new ChainReader(model, files);
    reader.graph.nodes().forEach(reader::node);
    return reader.finish(model);
  }

  private void node(OnnxNode node) {
    checkNames(node);
    if (ml.takesLabels(node) || sizes.take(node, values)) {
      return;
    } else if (node.domain().equals(MlSteps.DOMAIN)) {
      ml.step(node);
    } else if (ElementwiseSteps.knows(node)) {
      values.add(ChainValues.onlyResult(node), elementwise.step(node));
    } else if (!node.domain().isEmpty()) {
      throw unsupported(node);
    } else if (node.operator().equals("Constant")) {
      constants.add(node);
    } else if (isRenaming(node) && constants.contains(node.input(0))) {
      ChainValues.expectAttributes(node, Set.of("to", "saturate"));
      keepValue(node);
      constants.alias(node, ChainValues.onlyResult(node));
    } else {
      step(node);
    }
  }

  private static boolean isRenaming(OnnxNode node) {
    return node.operator().equals("Identity") || node.operator().equals("Cast");
  }

  private void step(OnnxNode node) {
    switch (node.operator()) {
      case "Gemm" -> gemm(node);
      case "MatMul" -> {
        values.expect(node, 2, 1, Set.of());
        multiply(node, false, false, 1);
        values.restart(node.outputs().get(0));
      }
      case "Softmax", "LogSoftmax" -> softmax(node);
      case "Identity", "Cast" -> {
        values.expect(
            node, 1, 1, node.operator().equals("Cast") ? Set.of("to", "saturate") : Set.of());
        keepValue(node);
        values.add(node.outputs().get(0), values.read(node, 0));
      }
      case "Dropout" -> dropout(node);
      default -> {
        if (!ShapeSteps.knows(node)) {
          throw unsupported(node);
        }
        reshape(node);
      }
    }
  }

  private void reshape(OnnxNode node) {
    OnnxNode plain = node;
    if (sizes.contains(node.input(1))) {
      plain = node.withInputs(List.of(node.input(0)));
    }
    boolean flatten = node.operator().equals("Flatten");
    values.expect(
        plain,
        flatten ? 1 : 2,
        1,
        switch (node.operator()) {
          case "Reshape" -> Set.of("allowzero");
          case "Flatten" -> Set.of("axis");
          default -> Set.of("axes");
        });
    values.add(node.outputs().get(0), shapes.step(node, values.read(node, 0)));
  }

  private static DataException unsupported(OnnxNode node) {
    return node.refused(
        "is not supported; export the network as a chain of dense layers (Gemm, or MatMul and Add)"
            + " with functions of each unit for itself, such as Relu, Gelu or Tanh, and a Sigmoid"
            + " or Softmax at the end");
  }

  private void checkNames(OnnxNode node) {
    for (String output : node.outputs()) {
      if (!output.isEmpty() && (constants.contains(output) || !known.add(output))) {
        throw node.refused(
            "gives " + Printable.quoted(output) + ", which is there already; export it again");
      }
    }
    if (node.outputs().isEmpty()) {
      throw node.refused("has no result; export the model again");
    }
  }

  private void gemm(OnnxNode node) {
    values.expect(node, 3, 1, Set.of("alpha", "beta", "transA", "transB"));
    multiply(
        node,
        node.integer("transA", 0) != 0,
        node.integer("transB", 0) != 0,
        node.real("alpha", 1));
    String result = node.outputs().get(0);
    values.restart(result);
    String bias = node.input(2);
    if (!bias.isEmpty()) {
      Affine shift =
          Affine.Constant.of(node, constants.tensor(node, bias)).plus(node.real("beta", 1));
      String what = "has a constant " + Printable.quoted(bias) + " of " + shift.size() + " numbers";
      Operand product = ChainValue.PLAIN.operand();
      values.add(result, ChainValue.PLAIN.with(stack.step(node, product, shift, what)));
    }
  }

  /** Begins a layer whose weights are the first or the second factor. */
  private void multiply(OnnxNode node, boolean transA, boolean transB, float alpha) {
    boolean dataFirst = values.contains(node.input(0));
    if (!dataFirst && !values.contains(node.input(1))) {
      throw node.refused(
          "does not multiply "
              + Printable.quoted(values.current())
              + "; export a network without branches");
    }
    ChainValue data = values.read(node, dataFirst ? 0 : 1);
    data.requireTable(node);
    boolean transposeData = dataFirst ? transA : transB;
    boolean transposeWeights = dataFirst ? transB : transA;
    OnnxTensor tensor = constants.tensor(node, node.input(dataFirst ? 1 : 0));
    List<Long> shape = tensor.dimensions();
    if (shape.size() != 2) {
      throw node.refused(
          "has weights "
              + Printable.quoted(tensor.name())
              + " of shape "
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
        data.operand(),
        layer,
        dataFirst != transposeData ? Samples.ROWS : Samples.COLUMNS,
        dataFirst ? Samples.ROWS : Samples.COLUMNS);
  }

  private void softmax(OnnxNode node) {
    values.expect(node, 1, 1, Set.of("axis"));
    ChainValue value = values.read(node, 0);
    value.requireTable(node);
    stack.softmax(node, value.operand());
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
    values.end(node, node.outputs().get(0));
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
    values.expectInputs(node, 3, 1, Set.of("ratio", "seed"));
    ChainValue value = values.read(node, 0);
    if (!node.input(2).isEmpty()
        && Arrays.stream(constants.integers(node, node.input(2))).anyMatch(on -> on != 0)) {
      throw node.refused("is in training mode; export the network for inference");
    }
    values.add(node.outputs().get(0), value);
  }

  private DenseChain finish(OnnxModel model) {
    List<String> outputs =
        graph.outputs().stream().map(OnnxValue::name).filter(name -> !ml.isLabel(name)).toList();
    if (!stack.isEmpty() && !outputs.equals(List.of(values.current()))) {
      throw new DataException(
          "its outputs are "
              + ColumnNames.list(outputs, MOST_NAMED)
              + ", but only a chain that ends in one output is supported; export it with "
              + Printable.quoted(values.current())
              + " alone");
    }
    ChainValue result = values.last();
    ShapeSteps.requireResult(result);
    return stack.finish(result.operand(), model.producerName(), model.producerVersion());
  }
}
