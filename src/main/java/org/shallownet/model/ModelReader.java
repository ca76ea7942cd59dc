package org.shallownet.model;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Column;
import org.shallownet.data.DataException;
import org.shallownet.data.JsonText;
import org.shallownet.data.Schema;
import org.shallownet.data.TableOptions;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.PiecewiseLinear;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.data.text.Printable;
import org.shallownet.model.chain.ExternalFiles;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;
import org.shallownet.model.preprocessing.PiecewiseGraph;
import org.shallownet.model.preprocessing.PreprocessingGraph;
import org.shallownet.model.preprocessing.SchemaJson;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Turns the graphs that {@link ModelWriter} makes back into models. */
final class ModelReader {
  private static final String ELSE = "; restore the file from a copy or train again";

  private final OnnxModel onnx;
  private final ExternalFiles files;
  private final Map<String, OnnxTensor> initializers = new HashMap<>();
  private final Map<String, String> operators = new HashMap<>();

  /**
   * Of a graph of ours, perhaps rewritten by another tool.
   *
   * @param files where numbers may be that are not in the model's own file
   * @throws DataException if a constant is there twice, or its numbers are missing
   */
  ModelReader(OnnxModel onnx, ExternalFiles files) {
    this.onnx = onnx;
    this.files = files;
    onnx.graph().initializers().forEach(this::add);
    for (OnnxNode node : onnx.graph().nodes()) {
      operators.put(node.name(), node.operator());
      boolean constant = node.operator().equals("Constant") && node.outputs().size() == 1;
      if (constant && node.attributes().size() == 1) {
        OnnxTensor tensor = node.attributes().get(0).tensor();
        if (tensor != null) {
          add(tensor.named(node.outputs().get(0)));
        }
      }
    }
  }

  private void add(OnnxTensor tensor) {
    OnnxTensor whole = ContentChecksum.covers(tensor.name()) ? files.load(tensor) : tensor;
    if (initializers.put(tensor.name(), whole) != null) {
      throw new DataException(
          "it has two initializers " + Printable.quoted(tensor.name()) + "; train it again");
    }
  }

  /** Whether metadata or producer say that ShallowNet wrote the model. */
  static boolean isOurs(OnnxModel onnx) {
    return onnx.producerName().equals(ModelWriter.PRODUCER)
        || onnx.metadata().keySet().stream().anyMatch(key -> key.startsWith(ModelWriter.PREFIX));
  }

  /**
   * The version of the model's format.
   *
   * @throws DataException if it is not known, or a newer one
   */
  int format() {
    String text = onnx.metadata().getOrDefault(ModelWriter.FORMAT, "");
    int format;
    try {
      format = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new DataException(
          "it is damaged, or another tool took away what ShallowNet noted in it" + ELSE, e);
    }
    if (format > ModelWriter.FORMAT_VERSION) {
      throw new DataException(
          "it was written by a newer ShallowNet ("
              + onnx.producerVersion()
              + ", model format "
              + format
              + "); update this one, which knows formats up to "
              + ModelWriter.FORMAT_VERSION);
    }
    return format;
  }

  /** Whether the checksum of its content fits. */
  boolean contentIsIntact() {
    return ContentChecksum.of(onnx.metadata(), initializers.values())
        .equals(onnx.metadata().get(ContentChecksum.KEY));
  }

  /**
   * The model.
   *
   * @throws DataException if its parts don't fit together
   */
  Model read() {
    try {
      Model model = model();
      GraphFunctions.check(onnx.graph(), model);
      return model;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new DataException("its parts contradict each other: " + e.getMessage(), e);
    }
  }

  private Model model() {
    List<Weights> networks = networks(Output.of(metadata(ModelWriter.OUTPUT)));
    Task task = Task.of(metadata(ModelWriter.TASK));
    return new Model(
        networks,
        task,
        preprocessing(networks.get(0).spec().inputs()),
        targets(),
        classes(task),
        scale(),
        Map.of(),
        provenance());
  }

  private @Nullable Standardizer standardizer(String mean, String factor, long inputs) {
    return initializers.containsKey(mean)
        ? new Standardizer(finite(mean, List.of(inputs)), finite(factor, List.of(inputs)))
        : null;
  }

  private @Nullable PiecewiseLinear pieces() {
    OnnxTensor column = initializers.get(PiecewiseGraph.COLUMN);
    if (column == null) {
      return null;
    }
    long[] columns = column.integers();
    int[] narrow = new int[columns.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (int) Math.max(-1, Math.min(columns[i], Integer.MAX_VALUE));
    }
    List<Long> shape = List.of((long) narrow.length);
    return new PiecewiseLinear(
        narrow,
        finite(PiecewiseGraph.START, shape),
        finite(PiecewiseGraph.FACTOR, shape),
        standardizer(PiecewiseGraph.MEAN, PiecewiseGraph.SCALE, narrow.length));
  }

  /** What stands for a missing cell. */
  private Set<String> markers() {
    return onnx.metadata().containsKey(ModelWriter.MARKERS)
        ? Set.copyOf(strings(ModelWriter.MARKERS))
        : TableOptions.MISSING;
  }

  private static float[] noMedians(Schema schema) {
    float[] medians = new float[schema.columns().size()];
    Arrays.fill(medians, Float.NaN);
    return medians;
  }

  private @Nullable Standardizer standardizer(Schema schema, int networkInputs) {
    // A model from another tool knows no columns: its network's inputs are what there is.
    int plain = schema.columns().isEmpty() ? networkInputs : schema.inputs();
    return standardizer(ModelWriter.FEATURE_MEAN, ModelWriter.FEATURE_FACTOR, plain);
  }

  /**
   * What makes inputs of the columns.
   *
   * @param networkInputs how many inputs the first network reads
   */
  private Preprocessing preprocessing(int networkInputs) {
    String columns = onnx.metadata().get(ModelWriter.COLUMNS);
    if (columns == null) {
      Schema numbers =
          new Schema(Schema.numbers(strings(ModelWriter.FEATURES)).columns(), markers());
      return new Preprocessing(
          numbers, noMedians(numbers), standardizer(numbers, networkInputs), pieces());
    }
    Schema schema = SchemaJson.read(columns, markers());
    float[] medians = noMedians(schema);
    if (initializers.containsKey(PreprocessingGraph.MEDIANS)) {
      long numeric =
          schema.columns().stream().filter(column -> column instanceof Column.Numeric).count();
      float[] ofNumbers = shaped(PreprocessingGraph.MEDIANS, List.of(numeric));
      int next = 0;
      for (int c = 0; c < medians.length; c++) {
        if (schema.columns().get(c) instanceof Column.Numeric) {
          medians[c] = ofNumbers[next++];
        }
      }
    }
    return new Preprocessing(schema, medians, standardizer(schema, networkInputs), pieces());
  }

  /** In double from the metadata, where older models have float32 alone. */
  private @Nullable TargetScale scale() {
    if (!initializers.containsKey(ModelWriter.TARGET_MEAN)) {
      return null;
    }
    String mean = onnx.metadata().get(ModelWriter.MEAN);
    String deviation = onnx.metadata().get(ModelWriter.DEVIATION);
    return mean == null || deviation == null
        ? new TargetScale(
            floats(ModelWriter.TARGET_MEAN)[0], floats(ModelWriter.TARGET_DEVIATION)[0])
        : new TargetScale(numbers(mean), numbers(deviation));
  }

  private static List<Double> numbers(String text) {
    return Arrays.stream(text.split(" ", -1)).map(Double::valueOf).toList();
  }

  private List<String> targets() {
    String name = metadata(ModelWriter.TARGET);
    if (onnx.metadata().containsKey(ModelWriter.TARGETS)) {
      return strings(ModelWriter.TARGETS);
    }
    return name.isEmpty() ? List.of() : List.of(name);
  }

  private List<Weights> networks(Output output) {
    String count = onnx.metadata().getOrDefault(ModelWriter.NETWORKS, "1");
    List<Weights> networks = new ArrayList<>();
    int hiddenLayers = 0;
    for (int n = 1; n <= Integer.parseInt(count); n++) {
      Weights network = weights(n, hiddenLayers, output);
      networks.add(network);
      hiddenLayers += network.spec().hidden().size();
    }
    return networks;
  }

  /**
   * A network of the model.
   *
   * @param number its number from 1
   * @param before how many hidden layers the networks before it have
   */
  private Weights weights(int number, int before, Output output) {
    int layers = 0;
    while (initializers.containsKey(ModelWriter.weightsName(number, layers + 1))) {
      layers++;
    }
    List<HiddenLayer> hidden = new ArrayList<>();
    for (int l = 1; l < layers; l++) {
      int units = floats(ModelWriter.biasName(number, l)).length;
      hidden.add(new HiddenLayer(units, activation(number, l, before)));
    }
    int outputs = floats(ModelWriter.biasName(number, layers)).length;
    int firstUnits = hidden.isEmpty() ? outputs : hidden.get(0).units();
    int inputs = floats(ModelWriter.weightsName(number, 1)).length / firstUnits;
    NetworkSpec spec = new NetworkSpec(inputs, hidden, output, outputs);
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= layers; l++) {
      long units = spec.units(l);
      float[] matrix =
          finite(ModelWriter.weightsName(number, l), List.of(units, (long) spec.units(l - 1)));
      float[] bias = finite(ModelWriter.biasName(number, l), List.of(units));
      System.arraycopy(matrix, 0, values, spec.weightsOffset(l), matrix.length);
      System.arraycopy(bias, 0, values, spec.biasOffset(l), bias.length);
    }
    return Weights.of(spec, values);
  }

  private Activation activation(int number, int l, int before) {
    if (onnx.metadata().containsKey(ModelWriter.ACTIVATIONS)) {
      return Activation.of(strings(ModelWriter.ACTIVATIONS).get(before + l - 1));
    }
    String name = ModelWriter.activationName(number, l);
    for (Activation activation : Activation.values()) {
      if (ModelWriter.operator(activation).equals(operators.get(name))) {
        return activation;
      }
    }
    throw new DataException("it has no node " + Printable.quoted(name));
  }

  /** Parameters, which must be of this shape and finite: a right checksum does not make them so. */
  private float[] finite(String name, List<Long> shape) {
    float[] values = shaped(name, shape);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new DataException(
            "its initializer " + Printable.quoted(name) + " holds " + value + "; train it again");
      }
    }
    return values;
  }

  private float[] shaped(String name, List<Long> shape) {
    OnnxTensor tensor = required(initializers.get(name), "initializer", name);
    if (!tensor.dimensions().equals(shape)) {
      throw new DataException(
          "its initializer "
              + Printable.quoted(name)
              + " is of shape "
              + tensor.dimensions()
              + ", not "
              + shape
              + "; train it again");
    }
    return tensor.floats();
  }

  private float[] floats(String name) {
    return required(initializers.get(name), "initializer", name).floats();
  }

  private String metadata(String key) {
    return required(onnx.metadata().get(key), "metadata", key);
  }

  private static <T> T required(@Nullable T value, String kind, String name) {
    if (value == null) {
      throw new DataException("it has no " + kind + " " + Printable.quoted(name));
    }
    return value;
  }

  private List<String> classes(Task task) {
    List<String> classes = strings(ModelWriter.CLASSES);
    int ofOneTarget = task == Task.MULTILABEL ? 2 : classes.size();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < classes.size(); i++) {
      if (i % ofOneTarget == 0) {
        seen.clear();
      }
      if (!seen.add(classes.get(i))) {
        throw new DataException(
            "it has two classes " + Printable.quoted(classes.get(i)) + "; train it again");
      }
    }
    return classes;
  }

  private List<String> strings(String key) {
    try {
      JsonText.check(metadata(key), 1);
      JsonArray array = JsonParser.array().from(metadata(key));
      List<String> strings = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        strings.add(required(array.getString(i), "text in", key));
      }
      return strings;
    } catch (JsonParserException e) {
      throw new DataException("its metadata " + Printable.quoted(key) + " is not a JSON array", e);
    }
  }

  private Map<String, String> provenance() {
    Map<String, String> provenance = new LinkedHashMap<>();
    onnx.metadata()
        .forEach(
            (key, value) -> {
              if (key.startsWith(ModelWriter.PROVENANCE)) {
                provenance.put(key.substring(ModelWriter.PROVENANCE.length()), value);
              }
            });
    return provenance;
  }
}
