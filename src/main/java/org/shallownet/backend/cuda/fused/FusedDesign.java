package org.shallownet.backend.cuda.fused;

import java.util.List;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
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
 * @param loss what a sample costs in training
 * @param drops whether hidden activations are left out in training
 */
record FusedDesign(
    int inputs,
    int hidden,
    int outputs,
    Activation activation,
    Output output,
    boolean weighted,
    FusedLoss loss,
    boolean drops) {
  private static final int RANDOM_NUMBERS = 16;
  private static final int LOSS_NUMBERS = 8;

  /** The reciprocal of kPart of {@code network.cuh}. */
  private static final double WHOLE = 0x1p32;

  /**
   * The design for a network of at most one hidden layer.
   *
   * @param dropout the part of hidden activations that is left out
   */
  static FusedDesign of(NetworkSpec spec, boolean weighted, Loss loss, double dropout) {
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
        weighted,
        FusedLoss.of(loss),
        hidden && dropout > 0);
  }

  /** How many parameters the network has. */
  int parameters() {
    return hidden == 0 ? outputs * (inputs + 1) : hidden * (inputs + 1) + outputs * (hidden + 1);
  }

  /** Units of the first layer, which is the output where there are no hidden ones. */
  int firstUnits() {
    return hidden == 0 ? outputs : hidden;
  }

  /** How many columns the targets have, the weight's included. */
  int targetColumns() {
    return output.targetColumns(outputs) + (weighted ? 1 : 0);
  }

  /**
   * The registers that a thread needs for its loss and for dropout, beyond what plain networks have
   * in theirs: a word for each of {@code depth} samples, and what makes random words.
   */
  int moreNumbers(int depth) {
    return (drops ? depth + RANDOM_NUMBERS : 0) + (hasOwnLoss() ? 0 : LOSS_NUMBERS);
  }

  /** Whether what a sample costs has no formula in double. */
  private boolean hasOwnLoss() {
    return loss == FusedLoss.OWN && output != Output.EXPONENTIAL_POISSON;
  }

  /** What sums of derivatives are multiplied by to be whole: see kPart of {@code network.cuh}. */
  double whole() {
    return output == Output.EXPONENTIAL_POISSON && !weighted ? WHOLE : 1;
  }

  /** What the sources of the specialised kernels are compiled with. */
  List<String> defines() {
    return List.of(
        "N_X=" + inputs,
        "N_H=" + hidden,
        "N_Y=" + outputs,
        "ACTIVATION=" + structure(activation),
        "OUTPUT=" + number(output),
        "LOSS=" + loss.number(),
        "DROPS=" + (drops ? 1 : 0),
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
      case EXPONENTIAL_POISSON -> 3;
    };
  }
}
