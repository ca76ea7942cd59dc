package org.shallownet.network;

/**
 * How a network's first weights are drawn; biases begin at 0.
 *
 * <p>Every weight comes from a Philox stream that depends on the seed and the layer only, so that
 * the same seed gives the same start on every backend. Normals are made in double precision.
 */
public sealed interface Initializer {
  /**
   * He for layers whose units are ReLU or leaky ReLU, Glorot for all others, the output among them.
   */
  record Auto() implements Initializer {}

  /**
   * Normal with deviation {@code √(2 / inputs of the layer)} (He et al., "Delving deep into
   * rectifiers", 2015).
   */
  record He() implements Initializer {}

  /**
   * Normal with deviation {@code √(2 / (inputs + units of the layer))} (Glorot and Bengio,
   * "Understanding the difficulty of training deep feedforward neural networks", 2010).
   */
  record Glorot() implements Initializer {}

  /**
   * Normal with one deviation for all layers.
   *
   * @param deviation positive and finite; 0.01 keeps tanh and sigmoid far from saturation
   */
  record Normal(double deviation) implements Initializer {
    /** Checks the deviation. */
    public Normal {
      if (!(deviation > 0) || Double.isInfinite(deviation)) {
        throw new IllegalArgumentException(
            "the deviation of first weights must be positive and finite, not " + deviation);
      }
    }
  }

  /**
   * All zeros: right for networks without hidden layers; with one, its units stay identical for
   * ever.
   */
  record Zeros() implements Initializer {}

  /** Draws the first weights of a network. */
  default Weights create(NetworkSpec spec, long seed) {
    float[] values = new float[spec.parameterCount()];
    for (int l = 1; l <= spec.layerCount(); l++) {
      double deviation = deviation(spec, l);
      if (deviation > 0) {
        Philox.Stream stream = Philox.stream(seed, Philox.Purpose.WEIGHTS, l);
        int end = spec.biasOffset(l);
        for (int i = spec.weightsOffset(l); i < end; i++) {
          values[i] = (float) (deviation * stream.nextNormal());
        }
      }
    }
    return Weights.of(spec, values);
  }

  /** The deviation of the weights of layer {@code l}; 0 for zeros. */
  private double deviation(NetworkSpec spec, int l) {
    double he = Math.sqrt(2.0 / spec.units(l - 1));
    double glorot = Math.sqrt(2.0 / ((double) spec.units(l - 1) + spec.units(l)));
    if (this instanceof He) {
      return he;
    } else if (this instanceof Glorot) {
      return glorot;
    } else if (this instanceof Normal normal) {
      return normal.deviation();
    } else if (this instanceof Auto) {
      return rectified(spec, l) ? he : glorot;
    }
    return 0;
  }

  private static boolean rectified(NetworkSpec spec, int l) {
    if (l > spec.hidden().size()) {
      return false;
    }
    Activation activation = spec.hidden().get(l - 1).activation();
    return activation == Activation.RELU || activation == Activation.LEAKY_RELU;
  }
}
