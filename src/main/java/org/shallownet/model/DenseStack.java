package org.shallownet.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.model.Affine.Samples;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxValue;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * The dense layers of a chain from another tool while it is being read. Affine steps become part of
 * the layer before them or, before the first layer and after an activation, of the layer that
 * follows.
 */
final class DenseStack {
  /** Steps after the last activation become a square layer; wider ones would take much memory. */
  private static final int WIDEST_STEP = 4096;

  private final OnnxValue input;
  private final List<DenseLayer> layers = new ArrayList<>();

  /** What the current value's dimensions mean; null before the first layer, unless a step tells. */
  private @Nullable Samples samples;

  /** The current value's width if it is known; before the first layer only if a step tells. */
  private @Nullable Integer width;

  private @Nullable Affine pending;
  private @Nullable OnnxNode pendingNode;
  private @Nullable OnnxNode ending;

  DenseStack(OnnxValue input) {
    this.input = input;
  }

  @Nullable Samples samples() {
    return samples;
  }

  /** The node that ended the network in probabilities that add up to 1; null if none did yet. */
  @Nullable OnnxNode endingNode() {
    return ending;
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
          "input '"
              + input.name()
              + "' of shape "
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
        throw node.refused(what + ", but input '" + input.name() + "' has " + stated + " features");
      }
    }
    samples = expected;
    width = numbers;
  }

  /** Adds an affine step. */
  void step(OnnxNode node, Affine step, String what) {
    Samples expected = step.samples();
    if (expected != null) {
      require(node, expected, step.size(), what);
    }
    if (!step.isFinite()) {
      throw node.refused("divides by zero or by a number close to it; export the model again");
    }
    DenseLayer last = last();
    if (last != null && last.activationNode() == null) {
      last.foldAfter(step);
    } else {
      pending = pending == null ? step : pending.then(step);
      pendingNode = node;
    }
  }

  /** Adds a layer that takes samples in one way and may give them in another. */
  void layer(OnnxNode node, DenseLayer layer, Samples takes, Samples gives) {
    require(node, takes, layer.inputs(), "takes " + layer.inputs() + " inputs");
    if (pending != null) {
      layer.foldBefore(pending);
      pending = null;
    }
    samples = gives;
    width = layer.units();
    layers.add(layer);
  }

  private @Nullable DenseLayer last() {
    return layers.isEmpty() ? null : layers.get(layers.size() - 1);
  }

  /** The last layer, which must not have an activation yet. */
  private DenseLayer linear(OnnxNode node) {
    DenseLayer last = last();
    if (last == null || last.activationNode() != null) {
      throw node.refused(
          "does not follow a dense layer (Gemm or MatMul): each has one activation at most; export"
              + " the network without it");
    }
    return last;
  }

  void activate(OnnxNode node, Activation activation) {
    linear(node).activate(node, activation);
  }

  /** Ends the network in a softmax. */
  void softmax(OnnxNode node) {
    if (linear(node).units() < 2) {
      throw node.refused("has a single input, whose softmax is always 1; export a sigmoid instead");
    }
    end(node);
  }

  /** Ends the network: its results are the probabilities of the classes. */
  void end(OnnxNode node) {
    ending = node;
  }

  /** The model that the layers make. */
  Model finish(String producerName, String producerVersion) {
    DenseLayer last = last();
    if (last == null) {
      throw new DataException(
          "it has no Gemm or MatMul, so it is no network of dense layers; export another model");
    }
    Task task = task(last);
    if (task == Task.REGRESSION && last.activationNode() != null) {
      last = numbers(last, last.activationNode());
    }
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
    for (int l = 1; l <= layers.size(); l++) {
      layers.get(l - 1).copyTo(values, spec.weightsOffset(l), spec.biasOffset(l));
    }
    Map<String, String> provenance = new LinkedHashMap<>();
    if (!producerName.isEmpty()) {
      provenance.put("producer", (producerName + " " + producerVersion).strip());
    }
    return new Model(
        Weights.of(spec, values), task, List.of(), "", List.of(), null, null, provenance);
  }

  private NetworkSpec spec(List<HiddenLayer> hidden, Output output, int outputs) {
    try {
      return new NetworkSpec(layers.get(0).inputs(), hidden, output, outputs);
    } catch (IllegalArgumentException e) {
      throw new DataException(e.getMessage() + "; use a smaller network", e);
    }
  }

  private Task task(DenseLayer last) {
    OnnxNode node = last.activationNode();
    if (ending != null) {
      return last.activation() == Activation.SIGMOID ? Task.BINARY : Task.MULTICLASS;
    } else if (node == null || pending != null || last.activation() != Activation.SIGMOID) {
      return Task.REGRESSION;
    } else if (last.units() != 1) {
      throw node.refused(
          "is the last on "
              + last.units()
              + " outputs; only one sigmoid is supported, so end the network in a softmax or without"
              + " activation");
    }
    return Task.BINARY;
  }

  /**
   * Makes the last layer a hidden one, followed by one that hands its numbers on: our networks have
   * no other way to end in an activation or in steps after it.
   */
  private DenseLayer numbers(DenseLayer last, OnnxNode activation) {
    OnnxNode node = pendingNode == null || pending == null ? activation : pendingNode;
    if (last.units() > WIDEST_STEP) {
      throw node.refused(
          "is the last on "
              + last.units()
              + " outputs; at most "
              + WIDEST_STEP
              + " are supported there, so export the network without it");
    }
    Affine unchanged = new Affine(new double[] {1}, new double[] {0}, null);
    DenseLayer added = DenseLayer.ofStep(node, pending == null ? unchanged : pending, last.units());
    layers.add(added);
    return added;
  }
}
