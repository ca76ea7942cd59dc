package org.shallownet.model;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Task;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.model.scoring.ScoredModel;
import org.shallownet.model.scoring.Scorer;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * A trained network with everything needed to use it on raw features, or an ensemble of networks
 * whose logits (for numbers: standardised outputs) are added up before the output function.
 *
 * @param parts the networks and their parameters, one for most models. Each reads the plain inputs,
 *     or all inputs that the preprocessing makes; all have the same output.
 * @param task what it predicts
 * @param preprocessing what makes inputs of the columns that it reads; without columns for a model
 *     from another tool, which takes them by position
 * @param targetNames the columns that it learned, one or an output's each; none for a model from
 *     another tool
 * @param classes the classes' names in the order of the outputs (two for each sigmoid output, no
 *     and yes); empty for regression and for a model from another tool
 * @param targetScale how regression outputs are turned back to the targets' units; null for not at
 *     all
 * @param functions what layers of a model from another tool apply where that is none of our
 *     activations, by the layer's number from 1; the last layer's comes before the output function;
 *     none in an ensemble
 * @param provenance how it came about (settings, seed, data fingerprint, versions, device), in a
 *     fixed order
 */
public record Model(
    List<Weights> parts,
    Task task,
    Preprocessing preprocessing,
    List<String> targetNames,
    List<String> classes,
    @Nullable TargetScale targetScale,
    Map<Integer, LayerFunction> functions,
    Map<String, String> provenance) {
  /** Checks that the parts fit together. */
  public Model {
    Objects.requireNonNull(task, "task");
    parts = List.copyOf(parts);
    targetNames = List.copyOf(targetNames);
    classes = List.copyOf(classes);
    functions = Map.copyOf(functions);
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("a model has at least one network");
    }
    if (parts.size() > 1 && !functions.isEmpty()) {
      throw new IllegalArgumentException("an ensemble's networks have activations of ours");
    }
    ModelParts.check(parts, task, preprocessing, targetNames, classes, targetScale);
  }

  /** A model of one network. */
  public Model(
      Weights weights,
      Task task,
      Preprocessing preprocessing,
      List<String> targetNames,
      List<String> classes,
      @Nullable TargetScale targetScale,
      Map<Integer, LayerFunction> functions,
      Map<String, String> provenance) {
    this(
        List.of(weights),
        task,
        preprocessing,
        targetNames,
        classes,
        targetScale,
        functions,
        provenance);
  }

  /** A model of one network whose hidden layers have activations of ours. */
  public Model(
      Weights weights,
      Task task,
      Preprocessing preprocessing,
      List<String> targetNames,
      List<String> classes,
      @Nullable TargetScale targetScale,
      Map<String, String> provenance) {
    this(weights, task, preprocessing, targetNames, classes, targetScale, Map.of(), provenance);
  }

  /**
   * A model of columns of numbers, none of them missing.
   *
   * @param featureNames the columns that it reads, in order; empty for a model from another tool
   * @param standardizer what is done to features first; null for nothing
   */
  public Model(
      Weights weights,
      Task task,
      List<String> featureNames,
      String targetName,
      List<String> classes,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale targetScale,
      Map<String, String> provenance) {
    this(
        weights,
        task,
        Preprocessing.ofNumbers(featureNames, standardizer),
        targetName.isEmpty() ? List.of() : List.of(targetName),
        classes,
        targetScale,
        provenance);
  }

  /**
   * Reads a model that {@link #save} wrote, or an ONNX file from another tool that holds a chain of
   * dense layers.
   *
   * @throws IOException if the file can't be read
   * @throws DataException if it is damaged, was written by a newer version, or holds anything else;
   *     for other tools' models the message names the operator that is not supported
   */
  public static Model load(Path file) throws IOException {
    return ModelFile.read(file);
  }

  /**
   * Reads a model from a stream up to its end, as {@link #load(Path)} does from a file. The stream
   * is not closed.
   *
   * @throws IOException if the stream can't be read
   * @throws DataException if it holds no model that can be used, or one whose numbers are in other
   *     files
   */
  public static Model load(InputStream stream) throws IOException {
    return ModelFile.parse(stream.readAllBytes());
  }

  /**
   * Reads a model from the bytes of its file, as {@link #load(Path)} does.
   *
   * @throws DataException if they are no model that can be used, or one whose numbers are in other
   *     files
   */
  public static Model load(byte[] bytes) {
    return ModelFile.parse(bytes);
  }

  /**
   * The bytes of the file that {@link #save(Path)} writes.
   *
   * @throws DataException if they are more than an array holds, 2 GiB
   */
  public byte[] toBytes() {
    return ModelFile.toBytes(this);
  }

  /**
   * Writes the model as one ONNX file that any ONNX runtime scores on raw features. An existing
   * file is replaced only when the new one is complete.
   *
   * @throws IOException if the file can't be written; what was there before is then still there
   * @throws DataException if the model is larger than the 2 GiB that such a file can hold
   */
  public void save(Path file) throws IOException {
    save(file, OnnxOutputs.LABELS);
  }

  /**
   * Writes the model as {@link #save(Path)} does, with the outputs that a runtime can take.
   *
   * @throws IOException if the file can't be written; what was there before is then still there
   * @throws DataException if the model is larger than the 2 GiB that such a file can hold
   */
  public void save(Path file, OnnxOutputs outputs) throws IOException {
    ModelFile.write(this, outputs, file);
  }

  /** The columns that it reads, in order; empty for a model from another tool. */
  public List<String> featureNames() {
    return preprocessing.schema().names();
  }

  /** The name of the column that it learned; of several between commas; empty if none is known. */
  public String targetName() {
    return String.join(", ", targetNames);
  }

  /** The classes of each target: {@link #classNames}, of yes/no targets two for each. */
  public List<List<String>> classesByTarget() {
    List<String> names = classNames();
    return task == Task.MULTILABEL
        ? IntStream.range(0, outputs()).mapToObj(k -> names.subList(2 * k, 2 * k + 2)).toList()
        : List.of(names);
  }

  /** What brings its inputs to mean 0 and deviation 1; null for nothing. */
  public @Nullable Standardizer standardizer() {
    return preprocessing.standardizer();
  }

  /** Whether it is made of several networks. */
  public boolean isEnsemble() {
    return parts.size() > 1;
  }

  /**
   * The parameters of its one network.
   *
   * @throws IllegalStateException if it is an ensemble, whose {@link #parts} have some each
   */
  public Weights weights() {
    if (isEnsemble()) {
      throw new IllegalStateException("an ensemble has several networks: use parts()");
    }
    return parts.get(0);
  }

  /**
   * The shape of its one network.
   *
   * @throws IllegalStateException if it is an ensemble, whose {@link #parts} have one each
   */
  public NetworkSpec spec() {
    return weights().spec();
  }

  /** What is done to the logits. */
  public Output output() {
    return parts.get(0).spec().output();
  }

  /** How many logits there are for a row. */
  public int outputs() {
    return parts.get(0).spec().outputs();
  }

  /** The number of weights and biases of all networks. */
  public long parameterCount() {
    return parts.stream().mapToLong(part -> part.spec().parameterCount()).sum();
  }

  /** The layers' sizes, such as {@code 30-64-1}; of an ensemble those of each network. */
  public String sizes() {
    return parts.stream().map(part -> part.spec().sizes()).collect(joining(" + "));
  }

  /** What the hidden layers apply, by names, of an ensemble those of one network after another. */
  public List<String> activationNames() {
    List<String> names = new ArrayList<>();
    for (Weights part : parts) {
      List<HiddenLayer> hidden = part.spec().hidden();
      for (int l = 1; l <= hidden.size(); l++) {
        LayerFunction function = functions.get(l);
        names.add(function == null ? hidden.get(l - 1).activation().id() : function.operators());
      }
    }
    return names;
  }

  /** What the last layer applies, by name. */
  public String outputName() {
    LayerFunction function = functions.get(parts.get(0).spec().layerCount());
    String output = output().id();
    if (function == null) {
      return output;
    }
    return task == Task.REGRESSION ? function.operators() : function.operators() + ", " + output;
  }

  /** Whether it was made by another tool and knows neither columns nor classes by name. */
  public boolean isForeign() {
    return preprocessing.schema().columns().isEmpty();
  }

  /**
   * The names of the classes in the order of the probabilities: {@link #classes}, or {@code 0 …
   * C-1} where the model does not know them; of yes/no targets two for each; empty for regression.
   */
  public List<String> classNames() {
    if (!classes.isEmpty()) {
      return classes;
    }
    int count = ModelParts.classCount(parts.get(0).spec());
    int numbered = task == Task.MULTILABEL ? 2 : count;
    return IntStream.range(0, count).mapToObj(k -> Integer.toString(k % numbered)).toList();
  }

  /**
   * This model with its outputs read as logits: many tools leave the sigmoid or softmax to the loss
   * and save the network without. One output becomes a sigmoid, two or more become a softmax, or
   * for several yes/no targets a sigmoid each.
   *
   * @param logitsOf {@link Task#BINARY}, {@link Task#MULTICLASS} or {@link Task#MULTILABEL}
   * @return this model if it is of that task already
   * @throws DataException if the number of outputs does not fit the task, or the model has another
   *     output function already
   */
  public Model asLogits(Task logitsOf) {
    if (logitsOf == task) {
      return this;
    }
    NetworkSpec spec = parts.get(0).spec();
    int outputs = spec.outputs();
    LayerFunction last = functions.get(spec.layerCount());
    if (task == Task.REGRESSION && last != null) {
      throw new DataException(
          "the network ends in "
              + last.operators()
              + ", so its outputs are numbers and no logits of classes; judge it on a target of"
              + " numbers with --task regression");
    }
    boolean sigmoid = (outputs == 1 && logitsOf == Task.BINARY) || logitsOf == Task.MULTILABEL;
    boolean softmax =
        outputs >= 2 && (logitsOf == Task.MULTICLASS || (logitsOf == Task.BINARY && outputs == 2));
    boolean linear =
        spec.output() == Output.IDENTITY_SQUARED_ERROR || spec.output() == outputFor(sigmoid);
    if (isEnsemble() || !(sigmoid || softmax) || !linear || targetScale != null) {
      throw new DataException(
          "a model for "
              + task
              + " with "
              + outputs
              + (outputs == 1 ? " output" : " outputs")
              + " can't be used for "
              + logitsOf);
    }
    NetworkSpec changed =
        new NetworkSpec(spec.inputs(), spec.hidden(), outputFor(sigmoid), outputs);
    return new Model(
        Weights.of(changed, weights().toArray()),
        logitsOf,
        preprocessing,
        targetNames,
        classes,
        null,
        functions,
        provenance);
  }

  private static Output outputFor(boolean sigmoid) {
    return sigmoid ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
  }

  /**
   * Predicts for every row and keeps the results in memory; {@link Predictor} hands them out chunk
   * by chunk instead.
   *
   * @param data its columns are found by name, whatever their order
   * @throws DataException if a column is not there or a number is missing that must not be
   */
  public Predictions predict(Backend backend, Dataset data) {
    return predict(backend, featuresOf(data));
  }

  /** Scores rows in plain Java, in any thread and without a backend. */
  public Scorer scorer() {
    return Scorer.of(scored());
  }

  /** What a scorer needs of it, targets named by their numbers where it knows no names. */
  ScoredModel scored() {
    List<String> targets =
        !targetNames.isEmpty() || task == Task.BINARY || task == Task.MULTICLASS
            ? targetNames
            : IntStream.range(0, outputs()).mapToObj(Integer::toString).toList();
    return new ScoredModel(
        parts,
        functions,
        task,
        preprocessing,
        targets,
        classNames(),
        targetScale == null ? List.of() : targetScale.means(),
        targetScale == null ? List.of() : targetScale.deviations());
  }

  /** The columns of this model in its order; for a model from another tool those of the data. */
  FeatureTable featuresOf(Dataset data) {
    return isForeign()
        ? data.features()
        : preprocessing.schema().select(data.schema(), data.features());
  }

  /**
   * Predicts for every row and keeps the results in memory.
   *
   * @param features raw features, the model's columns in its order; categories by their codes
   * @throws DataException if their number does not fit or a number is missing that must not be
   */
  public Predictions predict(Backend backend, FeatureTable features) {
    try (Predictor predictor = new Predictor(backend, this)) {
      return Predictions.of(predictor, features);
    }
  }

  /**
   * How good the model is on data whose targets are known. If its samples have weights, the metrics
   * are weighted.
   *
   * @throws DataException if features or classes don't fit
   */
  public Metrics evaluate(Backend backend, Dataset data) {
    return Evaluation.of(this, backend, data);
  }

  /**
   * How good logits are that are known already, such as those of networks that have not learned
   * from the rows that they answer for.
   *
   * @param logits for each row of the data what the networks' output layers have before their
   *     function, {@code rows × outputs}
   * @throws DataException if classes don't fit
   */
  public Metrics evaluate(FeatureTable logits, Dataset data) {
    return Evaluation.of(this, logits, data);
  }
}
