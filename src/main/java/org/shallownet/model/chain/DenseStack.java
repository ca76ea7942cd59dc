package org.shallownet.model.chain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.data.text.Printable;
import org.shallownet.model.chain.Affine.Samples;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.chain.UnitFunction.Step;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxValue;
import org.shallownet.model.scoring.LayerFunction;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * The dense layers of a chain from another tool while it is being read. Affine steps become part of
 * the layer before them or, after an activation, of the layer that follows; before the first layer
 * they standardise the features. Operations that are none of our activations become a layer's
 * {@link UnitFunction}.
 */
final class DenseStack {
  private final OnnxValue input;
  private final List<DenseLayer> layers = new ArrayList<>();

  /** What the current value's dimensions mean; null before the first layer, unless a step tells. */
  private @Nullable Samples samples;

  /** The current value's width if it is known; before the first layer only if a step tells. */
  private @Nullable Integer width;

  private UnitSteps steps = new UnitSteps();

  /** What comes before the next layer and is to become part of it; null for nothing. */
  private @Nullable Affine pending;

  private @Nullable Standardizer standardizer;

  /** What the results are if they are probabilities; else null. */
  private @Nullable Task ended;

  DenseStack(OnnxValue input) {
    this.input = input;
  }

  @Nullable Samples samples() {
    return samples;
  }

  boolean isEmpty() {
    return layers.isEmpty();
  }

  /** How many numbers a sample has now, as far as known. */
  @Nullable Integer width() {
    return width;
  }

  /** The size that the input states for this dimension; {@link OnnxValue#ANY} if it doesn't. */
  long inputSize(int dimension) {
    List<Long> shape = input.shape();
    if (shape == null) {
      return OnnxValue.ANY;
    }
    if (shape.size() != 2) {
      throw new DataException(
          "input "
              + Printable.quoted(input.name())
              + " of shape "
              + shape
              + " is not a table (2 dimensions); export the network with a table as input");
    }
    return shape.get(dimension);
  }

  /** Learns from a step that samples lie like this and have so many numbers. */
  void require(OnnxNode node, Samples expected, int numbers, String what) {
    if (samples != null && samples != expected) {
      throw node.refused(
          what + ", which mixes samples and units; export the network with a sample per row");
    }
    if (width != null && width != numbers) {
      throw node.refused(
          what + ", which does not fit " + width + (layers.isEmpty() ? " features" : " units"));
    }
    if (layers.isEmpty()) {
      long stated = inputSize(expected == Samples.ROWS ? 1 : 0);
      if (stated != OnnxValue.ANY && stated != numbers) {
        throw node.refused(
            what
                + ", but input "
                + Printable.quoted(input.name())
                + " has "
                + stated
                + " features");
      }
    }
    samples = expected;
    width = numbers;
  }

  /** Shifts and scales a value. */
  Operand step(OnnxNode node, Operand value, Affine step, String what) {
    Samples expected = step.samples();
    if (expected != null) {
      require(node, expected, step.size(), what);
    }
    if (!step.isFinite()) {
      throw node.refused("divides by zero or by a number close to it; export the model again");
    }
    return new Operand(
        value.value(), value.affine().isIdentity() ? step : value.affine().then(step));
  }

  /** Applies an operation to one value or two. */
  Operand apply(
      OnnxNode node,
      UnitOperator operator,
      Operand left,
      @Nullable Operand right,
      double p,
      double q) {
    if (layers.isEmpty()) {
      throw node.refused(
          "does not follow a dense layer (Gemm or MatMul); features can only be shifted and scaled"
              + " before the first one, so export the network without it");
    }
    return steps.add(node, operator, left, right, p, q);
  }

  /** Adds a layer that reads this value, takes samples in one way and may give them in another. */
  void layer(OnnxNode node, Operand value, DenseLayer layer, Samples takes, Samples gives) {
    require(node, takes, layer.inputs(), "takes " + layer.inputs() + " inputs");
    close(value);
    Affine before = pending;
    pending = null;
    if (before != null && layers.isEmpty()) {
      InputScale scale = InputScale.of(before, layer.inputs());
      standardizer = scale.standardizer();
      layer.foldBefore(scale.rest());
    } else if (before != null) {
      layer.foldBefore(before);
    }
    samples = gives;
    width = layer.units();
    layers.add(layer);
  }

  private @Nullable DenseLayer last() {
    return layers.isEmpty() ? null : layers.get(layers.size() - 1);
  }

  /** Makes what leads from the last layer to this value part of layers. */
  private void close(Operand value) {
    DenseLayer last = last();
    if (last == null) {
      pending = value.affine().isIdentity() ? null : value.affine();
    } else if (value.value() == 0) {
      last.foldAfter(value.affine());
    } else {
      Step step = steps.step(value);
      Activation activation = activation(step);
      if (activation == null) {
        last.activate(steps.function(value));
      } else {
        last.foldAfter(step.left().affine());
        last.activate(activation);
        pending = value.affine().isIdentity() ? null : value.affine();
      }
    }
    steps = new UnitSteps();
  }

  /** Which of our activations a step applies to a layer's result; null for none. */
  private static @Nullable Activation activation(Step step) {
    if (step.left().value() != 0) {
      return null;
    }
    return switch (step.operator()) {
      case RELU -> Activation.RELU;
      case TANH -> Activation.TANH;
      case SIGMOID -> Activation.SIGMOID;
      case RELU_ELSE -> step.p() == Activation.LEAKY_SLOPE ? Activation.LEAKY_RELU : null;
      default -> null;
    };
  }

  /** Ends the network in a softmax of this value. */
  void softmax(OnnxNode node, Operand value) {
    DenseLayer last = last();
    if (last == null) {
      throw node.refused("does not follow a dense layer (Gemm or MatMul); export another model");
    } else if (last.units() < 2) {
      throw node.refused("has a single input, whose softmax is always 1; export a sigmoid instead");
    }
    end(value, Task.MULTICLASS);
  }

  /** Ends the network in probabilities; what leads to this value comes before that. */
  void end(Operand value, Task task) {
    if (value.value() == 0) {
      close(value);
    } else {
      Objects.requireNonNull(last()).activate(steps.function(value));
    }
    ended = task;
  }

  /** The chain that the layers make, whose result this value is. */
  DenseChain finish(Operand value, String producerName, String producerVersion) {
    DenseLayer last = last();
    if (last == null) {
      throw new DataException(
          "it has no Gemm or MatMul, so it is no network of dense layers; export another model");
    }
    Task task = ended == null ? end(value, last) : ended;
    List<HiddenLayer> hidden = new ArrayList<>();
    for (DenseLayer layer : layers.subList(0, layers.size() - 1)) {
      hidden.add(new HiddenLayer(layer.units(), layer.activation()));
    }
    Output output =
        switch (task) {
          case BINARY, MULTILABEL -> Output.SIGMOID_CROSS_ENTROPY;
          case MULTICLASS -> Output.SOFTMAX_CROSS_ENTROPY;
          case REGRESSION -> Output.IDENTITY_SQUARED_ERROR;
        };
    NetworkSpec spec = spec(hidden, output, last.units());
    float[] values = new float[spec.parameterCount()];
    Map<Integer, LayerFunction> functions = new HashMap<>();
    for (int l = 1; l <= layers.size(); l++) {
      DenseLayer layer = layers.get(l - 1);
      layer.copyTo(values, spec.weightsOffset(l), spec.biasOffset(l));
      UnitFunction function = layer.function();
      if (function != null) {
        functions.put(l, function);
      }
    }
    Map<String, String> provenance = new HashMap<>();
    if (!producerName.isEmpty()) {
      provenance.put("producer", (producerName + " " + producerVersion).strip());
    }
    return new DenseChain(
        Weights.of(spec, values),
        task,
        Preprocessing.ofNumbers(List.of(), standardizer),
        functions,
        provenance);
  }

  private NetworkSpec spec(List<HiddenLayer> hidden, Output output, int outputs) {
    try {
      return new NetworkSpec(layers.get(0).inputs(), hidden, output, outputs);
    } catch (IllegalArgumentException e) {
      throw new DataException(e.getMessage() + "; use a smaller network", e);
    }
  }

  /** Ends the network without a softmax: in probabilities if in sigmoids, else in numbers. */
  private Task end(Operand value, DenseLayer last) {
    if (value.value() > 0) {
      Step step = steps.step(value);
      if (step.operator() == UnitOperator.SIGMOID && value.affine().isIdentity()) {
        Task task = last.units() == 1 ? Task.BINARY : Task.MULTILABEL;
        end(step.left(), task);
        return task;
      }
    }
    end(value, Task.REGRESSION);
    return Task.REGRESSION;
  }
}
