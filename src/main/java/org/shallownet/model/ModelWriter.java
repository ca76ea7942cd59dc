package org.shallownet.model;

import static java.util.stream.Collectors.joining;

import com.grack.nanojson.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.shallownet.Version;
import org.shallownet.data.DataException;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.PiecewiseLinear;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxGraph;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.onnx.OnnxValue;
import org.shallownet.model.preprocessing.PiecewiseGraph;
import org.shallownet.model.preprocessing.PreprocessingGraph;
import org.shallownet.model.preprocessing.SchemaJson;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Turns a model into an ONNX graph that scores raw features: {@code features} float32 {@code [N,
 * columns]}, or where some are words an input {@code [N, 1]} of float32 or string for each column
 * by its name, to {@code label} string {@code [N]} and {@code probabilities} float32 {@code [N,
 * classes]}, or for several yes/no targets {@code [N, targets]} each, or to {@code prediction}
 * float32 {@code [N, outputs]}.
 */
final class ModelWriter {
  static final String PRODUCER = "ShallowNet";

  /** What the keys of our metadata begin with. */
  static final String PREFIX = "shallownet.";

  static final String FORMAT = PREFIX + "format";
  static final String TASK = PREFIX + "task";
  static final String OUTPUT = PREFIX + "output";
  static final String FEATURES = PREFIX + "features";
  static final String TARGET = PREFIX + "target";
  static final String TARGETS = PREFIX + "targets";
  static final String CLASSES = PREFIX + "classes";
  static final String COLUMNS = PREFIX + "columns";

  /** What stands for a missing cell, where that is not the usual. */
  static final String MARKERS = PREFIX + "missing";

  static final String ACTIVATIONS = PREFIX + "activations";
  static final String MEAN = PREFIX + "target_mean";
  static final String DEVIATION = PREFIX + "target_deviation";
  static final String PROVENANCE = PREFIX + "provenance.";

  /** How many networks an ensemble has; of one network nothing is said. */
  static final String NETWORKS = PREFIX + "networks";

  /** The newest version of this format; a reader refuses higher ones. */
  static final int FORMAT_VERSION = 6;

  /** The version of a model of one network with plain inputs, which older readers know, too. */
  private static final int PLAIN_FORMAT = 4;

  /** The version of ensembles and piecewise-linear inputs, likewise. */
  private static final int ENSEMBLE_FORMAT = 5;

  static final String FEATURE_MEAN = "feature_mean";
  static final String FEATURE_FACTOR = "feature_factor";
  static final String TARGET_MEAN = "target_mean";
  static final String TARGET_DEVIATION = "target_deviation";
  static final String LABELS = "classes";

  private static final int IR_VERSION = 8;
  private static final long OPSET = 13;

  /** From here on texts can be compared. */
  private static final int IR_VERSION_FOR_WORDS = 9;

  private static final long OPSET_FOR_WORDS = 19;

  private final Model model;
  private final OnnxOutputs results;
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final List<OnnxTensor> initializers = new ArrayList<>();
  private final List<OnnxValue> outputs = new ArrayList<>();
  private String current = PreprocessingGraph.FEATURES;

  private ModelWriter(Model model, OnnxOutputs results) {
    this.model = model;
    this.results = results;
  }

  /** The name of the weights of layer {@code l} of a network, networks from 1. */
  static String weightsName(int network, int l) {
    return "W" + layerName(network, l);
  }

  /** The name of the bias of layer {@code l} of a network. */
  static String biasName(int network, int l) {
    return "b" + layerName(network, l);
  }

  /** The name of the node that applies the activation of hidden layer {@code l} of a network. */
  static String activationName(int network, int l) {
    return "activation" + layerName(network, l);
  }

  /** The first network's layers are named as those of a model that has no other. */
  private static String layerName(int network, int l) {
    return network == 1 ? Integer.toString(l) : l + "_" + network;
  }

  /** The operator that computes an activation. */
  static String operator(Activation activation) {
    return switch (activation) {
      case RELU -> "Relu";
      case LEAKY_RELU -> "LeakyRelu";
      case TANH -> "Tanh";
      case SIGMOID -> "Sigmoid";
      case IDENTITY -> "Identity";
    };
  }

  /**
   * The model as ONNX, but for the checksum.
   *
   * @throws DataException if it is from another tool and has functions that are none of ours
   */
  static OnnxModel toOnnx(Model model, OnnxOutputs outputs) {
    if (!model.functions().isEmpty()) {
      throw new DataException(
          "a network from another tool with "
              + model.functions().values().iterator().next().operators()
              + " can't be written again; copy its file");
    }
    ModelWriter writer = new ModelWriter(model, outputs);
    OnnxGraph graph = writer.graph();
    boolean words = !model.preprocessing().schema().isNumeric();
    return new OnnxModel(
        words ? IR_VERSION_FOR_WORDS : IR_VERSION,
        PRODUCER,
        Version.current(),
        Map.of("", words ? OPSET_FOR_WORDS : OPSET),
        graph,
        writer.metadata());
  }

  private OnnxGraph graph() {
    List<OnnxValue> inputs;
    Preprocessing preprocessing = model.preprocessing();
    if (preprocessing.schema().isPlain()) {
      int columns =
          model.isForeign() ? model.spec().inputs() : preprocessing.schema().columns().size();
      inputs = List.of(PreprocessingGraph.table(current, columns));
    } else {
      PreprocessingGraph before = new PreprocessingGraph(preprocessing);
      inputs = before.inputs();
      nodes.addAll(before.nodes());
      initializers.addAll(before.initializers());
      current = before.result();
    }
    String raw = current;
    standardize();
    networks(current, raw);
    if (model.task() == Task.REGRESSION) {
      prediction();
    } else {
      probabilities();
      String probabilities = current;
      if (results == OnnxOutputs.LABELS) {
        labels(probabilities);
      }
      outputs.add(PreprocessingGraph.table(probabilities, columns()));
    }
    return new OnnxGraph("shallow network", nodes, initializers, inputs, outputs);
  }

  private void add(
      String operator, String name, List<String> inputs, String out, OnnxAttribute... attributes) {
    nodes.add(OnnxNode.of(operator, name, inputs, out, attributes));
    current = out;
  }

  private String constant(String name, float[] values, long... dimensions) {
    initializers.add(OnnxTensor.ofFloats(name, values, dimensions));
    return name;
  }

  private void standardize() {
    Standardizer standardizer = model.standardizer();
    if (standardizer != null) {
      int columns = standardizer.columns();
      String mean = constant(FEATURE_MEAN, standardizer.mean(), columns);
      String factor = constant(FEATURE_FACTOR, standardizer.factor(), columns);
      add("Sub", "center", List.of(current, mean), "centered");
      add("Mul", "scale", List.of(current, factor), "A0");
    }
  }

  /** All networks, and the sum of their logits. */
  private void networks(String plain, String raw) {
    PiecewiseLinear pieces = model.preprocessing().pieces();
    String all =
        pieces == null ? plain : PiecewiseGraph.add(pieces, raw, plain, nodes, initializers);
    List<String> logits = new ArrayList<>();
    for (Weights network : model.parts()) {
      boolean wide = pieces != null && network.spec().inputs() == model.preprocessing().inputs();
      current = wide ? all : plain;
      layers(logits.size() + 1, network);
      logits.add(current);
    }
    for (int i = 1; i < logits.size(); i++) {
      String sum = i == 1 ? logits.get(0) : "sum" + (i - 1);
      add("Add", "add" + i, List.of(sum, logits.get(i)), "sum" + i);
    }
  }

  private void layers(int number, Weights network) {
    NetworkSpec spec = network.spec();
    for (int l = 1; l <= spec.layerCount(); l++) {
      int units = spec.units(l);
      String weights =
          constant(weightsName(number, l), network.weights(l), units, spec.units(l - 1));
      String bias = constant(biasName(number, l), network.biases(l), units);
      String name = layerName(number, l);
      add(
          "Gemm",
          "layer" + name,
          List.of(current, weights, bias),
          "Z" + name,
          OnnxAttribute.integer("transB", 1));
      if (l < spec.layerCount()) {
        HiddenLayer layer = spec.hidden().get(l - 1);
        OnnxAttribute[] attributes =
            layer.activation() == Activation.LEAKY_RELU
                ? new OnnxAttribute[] {OnnxAttribute.real("alpha", Activation.LEAKY_SLOPE)}
                : new OnnxAttribute[0];
        add(
            operator(layer.activation()),
            activationName(number, l),
            List.of(current),
            "A" + name,
            attributes);
      }
    }
  }

  private void prediction() {
    TargetScale scale = model.targetScale();
    if (model.output() == Output.EXPONENTIAL_POISSON) {
      add("Exp", "link", List.of(current), "numbers");
    }
    if (scale == null) {
      add("Identity", "output", List.of(current), "prediction");
    } else {
      int targets = scale.targets();
      String deviation = constant(TARGET_DEVIATION, floats(scale.deviations()), targets);
      String mean = constant(TARGET_MEAN, floats(scale.means()), targets);
      add("Mul", "rescale", List.of(current, deviation), "rescaled");
      add("Add", "output", List.of(current, mean), "prediction");
    }
    outputs.add(PreprocessingGraph.table(current, model.outputs()));
  }

  /** How many probabilities there are for a row. */
  private int columns() {
    return model.task() == Task.MULTILABEL ? model.outputs() : model.classNames().size();
  }

  private void probabilities() {
    if (model.task() == Task.MULTILABEL) {
      add("Sigmoid", "output", List.of(current), "probabilities");
    } else if (model.output() == Output.SIGMOID_CROSS_ENTROPY) {
      add("Sigmoid", "output", List.of(current), "positive");
      String one = constant("one", new float[] {1}, 1);
      add("Sub", "complement", List.of(one, "positive"), "negative");
      add(
          "Concat",
          "pair",
          List.of("negative", "positive"),
          "probabilities",
          OnnxAttribute.integer("axis", 1));
    } else {
      add("Softmax", "output", List.of(current), "probabilities", OnnxAttribute.integer("axis", 1));
    }
  }

  private void labels(String probabilities) {
    if (model.task() == Task.MULTILABEL) {
      answers(probabilities);
    } else {
      bestClass(probabilities);
    }
  }

  /** Yes or no for each target as a word. */
  private void answers(String probabilities) {
    String half = constant("half", new float[] {0.5f}, 1);
    List<String> no = new ArrayList<>();
    List<String> yes = new ArrayList<>();
    for (List<String> pair : model.classesByTarget()) {
      no.add(pair.get(0));
      yes.add(pair.get(1));
    }
    initializers.add(OnnxTensor.ofStrings("no", no));
    initializers.add(OnnxTensor.ofStrings("yes", yes));
    add("Greater", "is_yes", List.of(probabilities, half), "answers");
    add("Where", "name", List.of(current, "yes", "no"), "label");
    outputs.add(
        new OnnxValue(current, OnnxTensor.STRING, List.of(OnnxValue.ANY, (long) model.outputs())));
  }

  private void bestClass(String probabilities) {
    initializers.add(OnnxTensor.ofStrings(LABELS, model.classNames()));
    add(
        "ArgMax",
        "best",
        List.of(probabilities),
        "best_class",
        OnnxAttribute.integer("axis", 1),
        OnnxAttribute.integer("keepdims", 0));
    add("Gather", "name", List.of(LABELS, current), "label", OnnxAttribute.integer("axis", 0));
    outputs.add(new OnnxValue(current, OnnxTensor.STRING, List.of(OnnxValue.ANY)));
  }

  /** Numbers between blanks. */
  private static String text(List<Double> numbers) {
    return numbers.stream().map(number -> Double.toString(number)).collect(joining(" "));
  }

  private static float[] floats(List<Double> numbers) {
    float[] floats = new float[numbers.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = numbers.get(i).floatValue();
    }
    return floats;
  }

  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    boolean plain = model.preprocessing().schema().isPlain();
    boolean one = !model.isEnsemble() && model.preprocessing().pieces() == null;
    boolean exponential = model.output() == Output.EXPONENTIAL_POISSON;
    int format = exponential ? FORMAT_VERSION : one ? PLAIN_FORMAT : ENSEMBLE_FORMAT;
    metadata.put(FORMAT, Integer.toString(format));
    if (model.isEnsemble()) {
      metadata.put(NETWORKS, Integer.toString(model.parts().size()));
    }
    metadata.put(TASK, model.task().id());
    metadata.put(OUTPUT, model.output().id());
    metadata.put(ACTIVATIONS, JsonWriter.string(model.activationNames()));
    metadata.put(FEATURES, JsonWriter.string(model.featureNames()));
    metadata.put(TARGET, model.targetName());
    if (model.targetNames().size() > 1) {
      metadata.put(TARGETS, JsonWriter.string(model.targetNames()));
    }
    metadata.put(CLASSES, JsonWriter.string(model.classes()));
    if (!plain) {
      metadata.put(COLUMNS, SchemaJson.write(model.preprocessing().schema()));
    }
    Set<String> markers = model.preprocessing().schema().markers();
    if (!markers.equals(TableOptions.MISSING)) {
      metadata.put(MARKERS, JsonWriter.string(markers.stream().sorted().toList()));
    }
    TargetScale scale = model.targetScale();
    if (scale != null) {
      metadata.put(MEAN, text(scale.means()));
      metadata.put(DEVIATION, text(scale.deviations()));
    }
    model.provenance().forEach((key, value) -> metadata.put(PROVENANCE + key, value));
    return metadata;
  }
}
