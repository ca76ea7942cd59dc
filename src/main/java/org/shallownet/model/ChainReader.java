package org.shallownet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;
import org.shallownet.network.Activation;

/**
 * Reads networks that other tools wrote: chains of Gemm or MatMul and Add, Relu, LeakyRelu, Tanh,
 * Sigmoid, Identity and Softmax, whose weights are initializers. Everything else is refused by
 * name, with a sentence that doesn't name the file.
 *
 * <p>Samples may be rows, as in {@code X Wᵀ + b}, or columns, as in {@code W X + b}.
 */
final class ChainReader {
  /** Before this version Gemm and Add had other rules for shapes. */
  private static final long OLDEST_OPSET = 7;

  /** Which dimension of a value counts the samples. */
  private enum Samples {
    ROWS,
    COLUMNS
  }

  private final OnnxGraph graph;
  private final long opset;
  private final Map<String, OnnxTensor> initializers = new HashMap<>();
  private final List<DenseLayer> layers = new ArrayList<>();
  private final OnnxValue input;
  private String current;
  private @Nullable Samples samples;
  private @Nullable OnnxNode softmax;

  private ChainReader(OnnxModel model) {
    graph = model.graph();
    Long version = model.opsets().get("");
    if (version == null || version < OLDEST_OPSET) {
      throw new DataException(
          "it uses version "
              + (version == null ? 0 : version)
              + " of the ONNX operators; export it again with opset "
              + OLDEST_OPSET
              + " or newer");
    }
    opset = version;
    for (OnnxTensor tensor : graph.initializers()) {
      if (initializers.put(tensor.name(), tensor) != null) {
        throw new DataException("it has two initializers '" + tensor.name() + "'");
      }
    }
    List<OnnxValue> inputs =
        graph.inputs().stream().filter(value -> !initializers.containsKey(value.name())).toList();
    if (inputs.size() != 1) {
      throw new DataException(
          "it has "
              + inputs.size()
              + " inputs "
              + inputs.stream().map(OnnxValue::name).toList()
              + ", but only networks with one are supported");
    }
    input = inputs.get(0);
    current = input.name();
  }

  /**
   * The network as a model without names.
   *
   * @throws DataException if the graph is anything but such a chain
   */
  static Model read(OnnxModel model) {
    ChainReader reader = new ChainReader(model);
    reader.graph.nodes().forEach(reader::node);
    return reader.finish(model);
  }

  private void node(OnnxNode node) {
    if (!node.domain().isEmpty()) {
      throw unsupported(node);
    }
    switch (node.operator()) {
      case "Gemm" -> gemm(node);
      case "MatMul" -> matMul(node);
      case "Add" -> add(node);
      case "Relu" -> activate(node, Activation.RELU);
      case "LeakyRelu" -> leakyRelu(node);
      case "Tanh" -> activate(node, Activation.TANH);
      case "Sigmoid" -> activate(node, Activation.SIGMOID);
      case "Identity" -> expect(node, 1, Set.of());
      case "Softmax" -> softmax(node);
      default -> throw unsupported(node);
    }
    advance(node);
  }

  private static DataException unsupported(OnnxNode node) {
    return new DataException(
        "operator "
            + node.label()
            + " is not supported; only chains of Gemm or MatMul and Add, Relu, LeakyRelu, Tanh,"
            + " Sigmoid, Identity and Softmax are");
  }

  private static DataException refused(OnnxNode node, String why) {
    return new DataException("operator " + node.label() + " " + why);
  }

  /** Checks what goes into a node whose values all but one are initializers. */
  private void expect(OnnxNode node, int inputs, Set<String> attributes) {
    for (OnnxAttribute attribute : node.attributes()) {
      if (!attributes.contains(attribute.name())) {
        throw refused(node, "has attribute '" + attribute.name() + "', which is not supported");
      }
    }
    int data = 0;
    for (String name : node.inputs()) {
      if (name.equals(current)) {
        data++;
      } else if (!name.isEmpty() && !initializers.containsKey(name)) {
        throw refused(
            node, "reads '" + name + "' besides or instead of '" + current + "': not a chain");
      }
    }
    if (data != 1 || node.inputs().size() > inputs) {
      throw refused(
          node, "should read '" + current + "' once and constants, but reads " + node.inputs());
    }
    if (softmax != null && !node.operator().equals("Identity")) {
      throw refused(node, "comes after " + softmax.label() + ", which must be the last");
    }
  }

  private void advance(OnnxNode node) {
    if (node.outputs().size() != 1) {
      throw refused(node, "has " + node.outputs().size() + " results, not one");
    }
    current = node.outputs().get(0);
  }

  private void gemm(OnnxNode node) {
    expect(node, 3, Set.of("alpha", "beta", "transA", "transB"));
    DenseLayer layer =
        multiply(
            node,
            node.integer("transA", 0) != 0,
            node.integer("transB", 0) != 0,
            node.real("alpha", 1));
    if (!node.input(2).isEmpty()) {
      layer.addBias(bias(node, node.input(2), layer.units()), node.real("beta", 1));
    }
  }

  private void matMul(OnnxNode node) {
    expect(node, 2, Set.of());
    multiply(node, false, false, 1).awaitBias();
  }

  private void add(OnnxNode node) {
    expect(node, 2, Set.of());
    DenseLayer layer = layers.isEmpty() ? null : layers.get(layers.size() - 1);
    if (layer == null || !layer.awaitsBias()) {
      throw refused(node, "does not add a bias right after a MatMul");
    }
    String constant = node.input(0).equals(current) ? node.input(1) : node.input(0);
    layer.addBias(bias(node, constant, layer.units()), 1);
  }

  /** Begins a layer whose weights are the first or the second factor. */
  private DenseLayer multiply(OnnxNode node, boolean transA, boolean transB, float alpha) {
    boolean dataFirst = node.input(0).equals(current);
    if (!dataFirst && !node.input(1).equals(current)) {
      throw refused(node, "does not multiply '" + current + "'");
    }
    boolean transposeData = dataFirst ? transA : transB;
    boolean transposeWeights = dataFirst ? transB : transA;
    OnnxTensor tensor = initializer(node, node.input(dataFirst ? 1 : 0));
    List<Long> shape = tensor.dimensions();
    if (shape.size() != 2) {
      throw refused(
          node, "has weights '" + tensor.name() + "' of shape " + shape + ", not a matrix");
    }
    float[] values = tensor.floats();
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    // X op(W) has op(W) inputs × units; op(W) X has op(W) units × inputs.
    boolean byUnit = dataFirst == transposeWeights;
    DenseLayer layer =
        byUnit
            ? DenseLayer.ofUnits(node, values, rows, columns)
            : DenseLayer.ofInputs(node, values, rows, columns);
    layer.scaleWeights(alpha);
    take(node, layer.inputs(), dataFirst != transposeData ? Samples.ROWS : Samples.COLUMNS);
    samples = dataFirst ? Samples.ROWS : Samples.COLUMNS;
    layers.add(layer);
    return layer;
  }

  /** Checks that a layer fits what comes before it. */
  private void take(OnnxNode node, int inputs, Samples expected) {
    List<Long> shape = input.shape();
    if (samples == null && shape != null) {
      if (shape.size() != 2) {
        throw new DataException(
            "input '" + input.name() + "' of shape " + shape + " is not a table (2 dimensions)");
      }
      long width = shape.get(expected == Samples.ROWS ? 1 : 0);
      if (width != OnnxValue.ANY && width != inputs) {
        throw refused(
            node, "takes " + inputs + " features, but input '" + input.name() + "' has " + width);
      }
    } else if (samples != null) {
      int width = layers.get(layers.size() - 1).units();
      if (samples != expected || width != inputs) {
        throw refused(
            node,
            samples != expected
                ? "transposes its input in a way that mixes samples and units"
                : "takes " + inputs + " inputs, but the layer before it has " + width + " units");
      }
    }
  }

  /** A bias, one number per unit. */
  private float[] bias(OnnxNode node, String name, int units) {
    OnnxTensor tensor = initializer(node, name);
    List<Long> shape = tensor.dimensions();
    float[] values = tensor.floats();
    boolean perUnit =
        samples == Samples.ROWS
            ? shape.equals(List.of((long) units)) || shape.equals(List.of(1L, (long) units))
            : shape.equals(List.of((long) units, 1L));
    if (perUnit) {
      return values;
    }
    if (values.length != 1 || shape.size() > 2) {
      throw refused(
          node,
          "has a bias '"
              + name
              + "' of shape "
              + shape
              + ", which does not fit "
              + units
              + " units");
    }
    float[] repeated = new float[units];
    Arrays.fill(repeated, values[0]);
    return repeated;
  }

  private OnnxTensor initializer(OnnxNode node, String name) {
    OnnxTensor tensor = initializers.get(name);
    if (tensor == null) {
      throw refused(node, "lacks a constant operand");
    }
    return tensor;
  }

  private void leakyRelu(OnnxNode node) {
    float slope = node.real("alpha", Activation.LEAKY_SLOPE);
    if (slope != Activation.LEAKY_SLOPE) {
      throw refused(
          node, "has slope " + slope + "; only " + Activation.LEAKY_SLOPE + " is supported");
    }
    activate(node, Activation.LEAKY_RELU);
  }

  private void activate(OnnxNode node, Activation activation) {
    expect(node, 1, activation == Activation.LEAKY_RELU ? Set.of("alpha") : Set.of());
    linear(node).activate(node, activation);
  }

  private void softmax(OnnxNode node) {
    expect(node, 1, Set.of("axis"));
    DenseLayer layer = linear(node);
    long axis = node.integer("axis", opset < 13 ? 1 : -1);
    // Older versions flatten the table around the axis instead of working along it.
    boolean alongUnits =
        samples == Samples.ROWS
            ? axis == 1 || axis == -1
            : opset >= 13 && (axis == 0 || axis == -2);
    if (!alongUnits) {
      throw refused(node, "has axis " + axis + ", which does not run over the classes");
    }
    if (layer.units() < 2) {
      throw refused(node, "has a single input, whose softmax is always 1");
    }
    softmax = node;
  }

  /** The last layer, which must not have an activation yet. */
  private DenseLayer linear(OnnxNode node) {
    DenseLayer layer = layers.isEmpty() ? null : layers.get(layers.size() - 1);
    if (layer == null || layer.activationNode() != null) {
      throw refused(node, "does not follow a Gemm or MatMul directly");
    }
    return layer;
  }

  private Model finish(OnnxModel model) {
    if (layers.isEmpty()) {
      throw new DataException("it has no Gemm or MatMul, so it is no network");
    }
    List<String> outputs = graph.outputs().stream().map(OnnxValue::name).toList();
    if (!outputs.equals(List.of(current))) {
      throw new DataException(
          "its outputs are " + outputs + ", but only a chain that ends in one output is supported");
    }
    return DenseLayer.assemble(layers, task(), model.producerName(), model.producerVersion());
  }

  private Task task() {
    DenseLayer last = layers.get(layers.size() - 1);
    OnnxNode node = last.activationNode();
    if (softmax != null) {
      return Task.MULTICLASS;
    } else if (node == null) {
      return Task.REGRESSION;
    } else if (last.activation() != Activation.SIGMOID) {
      throw refused(node, "is the last, but outputs are sigmoid, softmax or without activation");
    } else if (last.units() != 1) {
      throw refused(
          node, "is the last on " + last.units() + " outputs; only one sigmoid is supported");
    }
    return Task.BINARY;
  }
}
