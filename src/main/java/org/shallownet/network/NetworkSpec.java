package org.shallownet.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The shape of a network: how many inputs, which hidden layers, which output.
 *
 * <p>Layers are numbered as in the usual notation: 0 is the input and is not counted, {@code 1 …
 * layerCount()} are computed, the last one is the output. Layer {@code l} computes {@code Z[l] =
 * A[l-1] W[l]ᵀ + b[l]} with one row per sample, where {@code W[l]} is {@code units(l) × units(l-1)}
 * and {@code b[l]} has {@code units(l)} elements.
 *
 * <p>All parameters together form one vector: for each layer in order {@code W[l]} row by row, then
 * {@code b[l]}. {@link #weightsOffset} and {@link #biasOffset} say where each begins.
 *
 * @param inputs the number of features, at least 1
 * @param hidden the hidden layers from the input to the output; empty for logistic or linear
 *     regression
 * @param output the output function and its cost
 * @param outputs the number of output units, at least 1 (2 for softmax)
 */
public record NetworkSpec(int inputs, List<HiddenLayer> hidden, Output output, int outputs) {
  /** The most hidden layers: finding where a layer lies takes time that grows with their number. */
  public static final int MOST_HIDDEN_LAYERS = 1000;

  /** Checks the sizes and that the parameters fit one Java array. */
  public NetworkSpec {
    hidden = List.copyOf(hidden);
    Objects.requireNonNull(output, "output");
    if (inputs < 1) {
      throw new IllegalArgumentException("a network needs at least 1 input, not " + inputs);
    }
    if (hidden.size() > MOST_HIDDEN_LAYERS) {
      throw new IllegalArgumentException(
          "the network has "
              + hidden.size()
              + " hidden layers; at most "
              + MOST_HIDDEN_LAYERS
              + " are possible");
    }
    int least = output == Output.SOFTMAX_CROSS_ENTROPY ? 2 : 1;
    if (outputs < least) {
      throw new IllegalArgumentException(
          "a " + output + " output needs at least " + least + " units, not " + outputs);
    }
    long parameters = 0;
    int previous = inputs;
    for (int l = 0; l <= hidden.size(); l++) {
      int units = l < hidden.size() ? hidden.get(l).units() : outputs;
      parameters += (long) units * previous + units;
      previous = units;
      // Looked at layer by layer: two wide layers alone come near the end of long.
      if (parameters > Integer.MAX_VALUE - 64) {
        throw new IllegalArgumentException(
            "the network has "
                + (l < hidden.size() ? "more than " : "")
                + parameters
                + " parameters; at most 2147483583 are possible");
      }
    }
  }

  /** A network without hidden layers: logistic, softmax or linear regression. */
  public static NetworkSpec of(int inputs, Output output, int outputs) {
    return new NetworkSpec(inputs, List.of(), output, outputs);
  }

  /** The same network with another output function and cost. */
  public NetworkSpec withOutput(Output other) {
    return new NetworkSpec(inputs, hidden, other, outputs);
  }

  /** The same network with one more hidden layer just before the output. */
  public NetworkSpec withHidden(int units, Activation activation) {
    List<HiddenLayer> layers = new ArrayList<>(hidden);
    layers.add(new HiddenLayer(units, activation));
    return new NetworkSpec(inputs, layers, output, outputs);
  }

  /** The number of computed layers: the hidden ones and the output. */
  public int layerCount() {
    return hidden.size() + 1;
  }

  /** The number of units of layer {@code l}; layer 0 is the input. */
  public int units(int l) {
    Objects.checkIndex(l, layerCount() + 1);
    if (l == 0) {
      return inputs;
    }
    return l <= hidden.size() ? hidden.get(l - 1).units() : outputs;
  }

  /** The number of weights and biases. */
  public int parameterCount() {
    int last = layerCount();
    return biasOffset(last) + units(last);
  }

  /** Where {@code W[l]} begins in the vector of all parameters, {@code l} from 1. */
  public int weightsOffset(int l) {
    Objects.checkIndex(l - 1, layerCount());
    int offset = 0;
    for (int i = 1; i < l; i++) {
      offset += units(i) * (units(i - 1) + 1);
    }
    return offset;
  }

  /** Where {@code b[l]} begins in the vector of all parameters, {@code l} from 1. */
  public int biasOffset(int l) {
    return weightsOffset(l) + units(l) * units(l - 1);
  }

  /** The sizes from input to output, such as {@code 30-64-1}. */
  public String sizes() {
    StringBuilder text = new StringBuilder().append(inputs);
    for (int l = 1; l <= layerCount(); l++) {
      text.append('-').append(units(l));
    }
    return text.toString();
  }
}
