package org.shallownet.model.chain;

import org.jspecify.annotations.Nullable;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.network.Activation;

/**
 * A layer of a chain from another tool while the chain is being read, in double, so that steps
 * folded into it cost no precision.
 */
final class DenseLayer {
  private final OnnxNode node;
  private final int units;
  private final int inputs;

  /** {@code units × inputs}. */
  private final double[] weights;

  private final double[] bias;
  private Activation activation = Activation.IDENTITY;
  private @Nullable UnitFunction function;

  private DenseLayer(OnnxNode node, double[] weights, int units, int inputs) {
    this.node = node;
    this.weights = weights;
    this.units = units;
    this.inputs = inputs;
    this.bias = new double[units];
  }

  /** A layer without bias from weights {@code units × inputs}. */
  static DenseLayer ofUnits(OnnxNode node, double[] weights, int units, int inputs) {
    return new DenseLayer(node, weights, units, inputs);
  }

  /** A layer without bias from weights {@code inputs × units}. */
  static DenseLayer ofInputs(OnnxNode node, double[] weights, int inputs, int units) {
    double[] transposed = new double[weights.length];
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

  /** Makes a step that follows the layer part of it. */
  void foldAfter(Affine step) {
    for (int u = 0; u < units; u++) {
      for (int i = u * inputs; i < (u + 1) * inputs; i++) {
        weights[i] *= step.factorOf(u);
      }
      bias[u] = bias[u] * step.factorOf(u) + step.shiftOf(u);
    }
  }

  /** Makes a step that comes before the layer part of it. */
  void foldBefore(Affine step) {
    for (int u = 0; u < units; u++) {
      for (int i = 0; i < inputs; i++) {
        int index = u * inputs + i;
        bias[u] += weights[index] * step.shiftOf(i);
        weights[index] *= step.factorOf(i);
      }
    }
  }

  void activate(Activation by) {
    activation = by;
  }

  void activate(UnitFunction by) {
    function = by;
  }

  /** One of our activations; the identity where it has a function that is none of them. */
  Activation activation() {
    return activation;
  }

  /** What it applies if that is none of our activations; else null. */
  @Nullable UnitFunction function() {
    return function;
  }

  /** Writes weights and bias, rounded, to where a network keeps them. */
  void copyTo(float[] values, int weightsOffset, int biasOffset) {
    round(weights, values, weightsOffset);
    round(bias, values, biasOffset);
  }

  private void round(double[] from, float[] to, int offset) {
    for (int i = 0; i < from.length; i++) {
      to[offset + i] = (float) from[i];
      if (!Float.isFinite(to[offset + i])) {
        throw node.refused(
            "has the weight "
                + from[i]
                + " once the steps around it are part of it; weights must be finite float32"
                + " numbers, so scale features and targets to smaller ones");
      }
    }
  }
}
