package org.shallownet.model.scoring;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Weights;

/**
 * A layer of a network for one row: {@code g(W x + b)} in float32. Weights lie by inputs where a
 * layer has several units, so that the loop over units is one over neighbouring numbers, which Java
 * compiles to vectors.
 */
final class ScoredLayer {
  /** A layer of fewer units goes through its inputs instead. */
  private static final int FEW_UNITS = 8;

  /** Below this tanh is its argument in float32. */
  private static final float TANH_OF_LITTLE = 1e-4f;

  private final int inputs;
  private final int units;
  private final float[] weights;
  private final float[] biases;
  private final @Nullable Activation activation;
  private final @Nullable LayerFunction function;

  /**
   * Layer {@code l} of a network.
   *
   * @param function what it applies if that is none of our activations; else null
   */
  ScoredLayer(Weights network, int l, @Nullable LayerFunction function) {
    this.inputs = network.spec().units(l - 1);
    this.units = network.spec().units(l);
    this.biases = network.biases(l);
    this.function = function;
    boolean hidden = l < network.spec().layerCount();
    this.activation =
        hidden && function == null ? network.spec().hidden().get(l - 1).activation() : null;
    float[] byUnits = network.weights(l);
    this.weights = units < FEW_UNITS ? byUnits : transposed(byUnits);
  }

  private float[] transposed(float[] byUnits) {
    float[] byInputs = new float[byUnits.length];
    for (int u = 0; u < units; u++) {
      for (int j = 0; j < inputs; j++) {
        byInputs[j * units + u] = byUnits[u * inputs + j];
      }
    }
    return byInputs;
  }

  int units() {
    return units;
  }

  /**
   * Computes the layer.
   *
   * @param x its inputs from index 0
   * @param a gets what its units give, from index 0; another array
   */
  void run(float[] x, float[] a) {
    if (units < FEW_UNITS) {
      for (int u = 0; u < units; u++) {
        a[u] = biases[u] + product(weights, u * inputs, x, inputs);
      }
    } else {
      System.arraycopy(biases, 0, a, 0, units);
      addProducts(x, a);
    }
    if (function != null) {
      function.apply(a, 1, units);
    } else if (activation != null) {
      activate(activation, a, units);
    }
  }

  /** In four sums, which don't wait for one another. */
  private static float product(float[] weights, int from, float[] x, int count) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int j = 0;
    for (; j + 3 < count; j += 4) {
      s0 += weights[from + j] * x[j];
      s1 += weights[from + j + 1] * x[j + 1];
      s2 += weights[from + j + 2] * x[j + 2];
      s3 += weights[from + j + 3] * x[j + 3];
    }
    for (; j < count; j++) {
      s0 += weights[from + j] * x[j];
    }
    return (s0 + s1) + (s2 + s3);
  }

  private void addProducts(float[] x, float[] a) {
    int j = 0;
    for (; j + 3 < inputs; j += 4) {
      addFour(weights, j * units, units, x, j, a);
    }
    for (; j < inputs; j++) {
      addOne(weights, j * units, units, x[j], a);
    }
  }

  private static void addFour(float[] w, int from, int units, float[] x, int j, float[] a) {
    float x0 = x[j];
    float x1 = x[j + 1];
    float x2 = x[j + 2];
    float x3 = x[j + 3];
    int second = from + units;
    int third = second + units;
    int fourth = third + units;
    for (int u = 0; u < units; u++) {
      a[u] += (w[from + u] * x0 + w[second + u] * x1) + (w[third + u] * x2 + w[fourth + u] * x3);
    }
  }

  private static void addOne(float[] w, int from, int units, float x, float[] a) {
    for (int u = 0; u < units; u++) {
      a[u] += w[from + u] * x;
    }
  }

  private static void activate(Activation activation, float[] a, int units) {
    switch (activation) {
      case IDENTITY -> {}
      case RELU -> {
        for (int u = 0; u < units; u++) {
          a[u] = Math.max(a[u], 0);
        }
      }
      case LEAKY_RELU -> {
        for (int u = 0; u < units; u++) {
          a[u] = Math.max(a[u], Activation.LEAKY_SLOPE * a[u]);
        }
      }
      case SIGMOID -> {
        for (int u = 0; u < units; u++) {
          a[u] = sigmoid(a[u]);
        }
      }
      case TANH -> {
        for (int u = 0; u < units; u++) {
          a[u] = tanh(a[u]);
        }
      }
    }
  }

  /** {@code 1 / (1 + e^-z)}. */
  static float sigmoid(float z) {
    return (float) (1 / (1 + Math.exp(-(double) z)));
  }

  /** {@code 1 - 2 / (e^2z + 1)}; of it as much is lost near 0 as float32 does not hold anyway. */
  static float tanh(float z) {
    return Math.abs(z) < TANH_OF_LITTLE ? z : (float) (1 - 2 / (Math.exp(2 * (double) z) + 1));
  }
}
