package org.shallownet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.Task;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** A layer of a chain from another tool while the chain is being read. */
final class DenseLayer {
  private final OnnxNode node;
  private final int units;
  private final int inputs;

  /** {@code units × inputs}. */
  private final float[] weights;

  private final float[] bias;
  private boolean awaitsBias;
  private Activation activation = Activation.IDENTITY;
  private @Nullable OnnxNode activationNode;

  private DenseLayer(OnnxNode node, float[] weights, int units, int inputs) {
    this.node = node;
    this.weights = weights;
    this.units = units;
    this.inputs = inputs;
    this.bias = new float[units];
  }

  /** A layer without bias from weights {@code units × inputs}. */
  static DenseLayer ofUnits(OnnxNode node, float[] weights, int units, int inputs) {
    return new DenseLayer(node, weights, units, inputs);
  }

  /** A layer without bias from weights {@code inputs × units}. */
  static DenseLayer ofInputs(OnnxNode node, float[] weights, int inputs, int units) {
    float[] transposed = new float[weights.length];
    for (int i = 0; i < inputs; i++) {
      for (int u = 0; u < units; u++) {
        transposed[u * inputs + i] = weights[i * units + u];
      }
    }
    return new DenseLayer(node, transposed, units, inputs);
  }

  int units() {
    return units;
  }

  int inputs() {
    return inputs;
  }

  void scaleWeights(float factor) {
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= factor;
    }
  }

  /** Says that the next node may add the bias. */
  void awaitBias() {
    awaitsBias = true;
  }

  boolean awaitsBias() {
    return awaitsBias;
  }

  void addBias(float[] values, float factor) {
    for (int u = 0; u < units; u++) {
      bias[u] = values[u] * factor;
    }
    awaitsBias = false;
  }

  void activate(OnnxNode by, Activation function) {
    activation = function;
    activationNode = by;
    awaitsBias = false;
  }

  Activation activation() {
    return activation;
  }

  /** The node that gave it its activation; null if it has none. */
  @Nullable OnnxNode activationNode() {
    return activationNode;
  }

  /** The model that these layers make. */
  static Model assemble(
      List<DenseLayer> layers, Task task, String producerName, String producerVersion) {
    DenseLayer last = layers.get(layers.size() - 1);
    List<HiddenLayer> hidden = new ArrayList<>();
    for (DenseLayer layer : layers.subList(0, layers.size() - 1)) {
      hidden.add(new HiddenLayer(layer.units, layer.activation));
    }
    Output output =
        switch (task) {
          case BINARY -> Output.SIGMOID_CROSS_ENTROPY;
          case MULTICLASS -> Output.SOFTMAX_CROSS_ENTROPY;
          case REGRESSION -> Output.IDENTITY_SQUARED_ERROR;
        };
    NetworkSpec spec = new NetworkSpec(layers.get(0).inputs, hidden, output, last.units);
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= layers.size(); l++) {
      DenseLayer layer = layers.get(l - 1);
      layer.checkFinite();
      System.arraycopy(layer.weights, 0, values, spec.weightsOffset(l), layer.weights.length);
      System.arraycopy(layer.bias, 0, values, spec.biasOffset(l), layer.units);
    }
    Map<String, String> provenance = new LinkedHashMap<>();
    if (!producerName.isEmpty()) {
      provenance.put("producer", (producerName + " " + producerVersion).strip());
    }
    return new Model(
        Weights.of(spec, values), task, List.of(), "", List.of(), null, null, provenance);
  }

  private void checkFinite() {
    for (float[] values : Arrays.asList(weights, bias)) {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new DataException(
              "the weights of operator "
                  + node.label()
                  + " hold "
                  + value
                  + "; they must be finite float32 numbers");
        }
      }
    }
  }
}
