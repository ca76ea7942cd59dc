package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shallownet.network.Activation;
import org.shallownet.network.HiddenLayer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * How the parameters of a network lie in one vector for {@link TiledTrainingEngine}: padded, and in
 * the order that its kernels read them.
 *
 * <p>Padding is 0 and stays so: it has no gradient.
 */
final class TileLayout {
  private final NetworkSpec spec;
  private final List<TileLayer> layers;

  /**
   * The layout of a network.
   *
   * @param design what its samples go through
   */
  TileLayout(NetworkSpec spec, TileDesign design) {
    this.spec = spec;
    List<TileLayer> list = new ArrayList<>();
    int start = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      TileLayer layer = layer(spec, l, design, start);
      list.add(layer);
      start = layer.end();
    }
    layers = List.copyOf(list);
  }

  private static TileLayer layer(NetworkSpec spec, int l, TileDesign design, int start) {
    return new TileLayer(spec.units(l), spec.units(l - 1), form(spec, l, design), start);
  }

  private static TileLayer.Form form(NetworkSpec spec, int l, TileDesign design) {
    if (design.byRows()) {
      return l == 1 ? TileLayer.Form.BY_INPUTS : TileLayer.Form.BY_UNITS;
    }
    if (design.openBlas() && l == 1) {
      return TileLayer.Form.MATRIX;
    }
    boolean row = l == spec.layerCount() && spec.outputs() == 1;
    return row ? TileLayer.Form.ROW : TileLayer.Form.PACKED;
  }

  /** All layers, the one first that the samples go into. */
  List<TileLayer> layers() {
    return layers;
  }

  /** The layer that the cost is computed from. */
  TileLayer output() {
    return layers.get(layers.size() - 1);
  }

  /** What the units of each hidden layer apply. */
  List<Activation> hidden() {
    return spec.hidden().stream().map(HiddenLayer::activation).toList();
  }

  /** The output function. */
  Output function() {
    return spec.output();
  }

  /** The length of the vector. */
  int size() {
    return output().end();
  }

  /** The vector of these weights. */
  float[] pack(Weights weights) {
    float[] theta = new float[size()];
    float[] values = weights.toArray();
    for (int l = 1; l <= layers.size(); l++) {
      TileLayer layer = layers.get(l - 1);
      int at = spec.weightsOffset(l);
      for (int to = 0; to < layer.units(); to++) {
        for (int from = 0; from < layer.inputs(); from++) {
          theta[layer.weight(to, from)] = values[at++];
        }
      }
      System.arraycopy(values, at, theta, layer.biases(), layer.units());
    }
    return theta;
  }

  /** The weights of this vector. */
  Weights unpack(float[] theta) {
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= layers.size(); l++) {
      TileLayer layer = layers.get(l - 1);
      int at = spec.weightsOffset(l);
      for (int to = 0; to < layer.units(); to++) {
        for (int from = 0; from < layer.inputs(); from++) {
          values[at++] = theta[layer.weight(to, from)];
        }
      }
      System.arraycopy(theta, layer.biases(), values, at, layer.units());
    }
    return Weights.of(spec, values);
  }

  /** λ for every weight, 0 for every bias. */
  float[] decay(float lambda) {
    float[] decay = new float[size()];
    for (TileLayer layer : layers) {
      Arrays.fill(decay, layer.weights(), layer.biases(), lambda);
    }
    return decay;
  }

  /** {@code Σ w²} over the weights. */
  double squares(float[] theta) {
    double sum = 0;
    for (int l = 0; l < layers.size(); l++) {
      sum += squares(theta, layers.get(l).weights(), layers.get(l).biases());
    }
    return sum;
  }

  /** In four sums: one would wait for each addition before it begins the next. */
  private static double squares(float[] theta, int from, int end) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = from;
    for (; i < end - 3; i += 4) {
      s0 += (double) theta[i] * theta[i];
      s1 += (double) theta[i + 1] * theta[i + 1];
      s2 += (double) theta[i + 2] * theta[i + 2];
      s3 += (double) theta[i + 3] * theta[i + 3];
    }
    for (; i < end; i++) {
      s0 += (double) theta[i] * theta[i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /**
   * Takes the gradient away from weights for hidden units that are only padding: their activation
   * need not be 0.
   */
  void clearPadding(float[] gradient) {
    for (int l = 1; l < layers.size(); l++) {
      TileLayer layer = layers.get(l);
      for (int from = layer.inputs(); from < layer.paddedInputs(); from++) {
        for (int to = 0; to < layer.units(); to++) {
          gradient[layer.weight(to, from)] = 0;
        }
      }
    }
  }
}
