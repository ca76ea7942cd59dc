package org.shallownet.backend.cuda.fused;

import java.util.List;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * What a specialised kernel has to know of a network when it is compiled: everything but its
 * numbers.
 *
 * @param inputs features
 * @param hidden units of the only hidden layer, 0 for none
 * @param outputs units of the output
 * @param activation of the hidden units; {@link Activation#IDENTITY} where there are none
 * @param output with its cost
 * @param weighted whether the last column of the targets is the samples' weights
 */
public record FusedDesign(
    int inputs, int hidden, int outputs, Activation activation, Output output, boolean weighted) {
  /** Whether the specialised kernels have this output; others are computed layer by layer. */
  public static boolean knows(Output output) {
    return output != Output.EXPONENTIAL_POISSON;
  }

  /** The design for a network of at most one hidden layer. */
  public static FusedDesign of(NetworkSpec spec, boolean weighted) {
    if (spec.hidden().size() > 1) {
      throw new IllegalArgumentException("a " + spec.sizes() + " network is too deep");
    }
    boolean hidden = !spec.hidden().isEmpty();
    return new FusedDesign(
        spec.inputs(),
        hidden ? spec.units(1) : 0,
        spec.outputs(),
        hidden ? spec.hidden().get(0).activation() : Activation.IDENTITY,
        spec.output(),
        weighted);
  }

  /** How many parameters the network has. */
  public int parameters() {
    return hidden == 0 ? outputs * (inputs + 1) : hidden * (inputs + 1) + outputs * (hidden + 1);
  }

  /** How many columns the targets have, the weight's included. */
  public int targetColumns() {
    return output.targetColumns(outputs) + (weighted ? 1 : 0);
  }

  /** What the sources of the specialised kernels are compiled with. */
  public List<String> defines() {
    return List.of(
        "N_X=" + inputs,
        "N_H=" + hidden,
        "N_Y=" + outputs,
        "ACTIVATION=" + structure(activation),
        "OUTPUT=" + number(output),
        "WEIGHTED=" + (weighted ? 1 : 0));
  }

  /** The structure of {@code functions.cuh}. */
  private static String structure(Activation activation) {
    return switch (activation) {
      case RELU -> "Relu";
      case LEAKY_RELU -> "LeakyRelu";
      case TANH -> "Tanh";
      case SIGMOID -> "Sigmoid";
      case IDENTITY -> "Identity";
    };
  }

  private static int number(Output output) {
    return switch (output) {
      case SIGMOID_CROSS_ENTROPY -> 0;
      case SOFTMAX_CROSS_ENTROPY -> 1;
      case IDENTITY_SQUARED_ERROR -> 2;
      case EXPONENTIAL_POISSON ->
          throw new IllegalArgumentException("no kernel has an exponential output");
    };
  }
}
