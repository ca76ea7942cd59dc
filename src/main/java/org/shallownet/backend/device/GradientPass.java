package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/**
 * The whole way from samples to the gradients of a network with at most one hidden layer: {@code
 * gradients = β gradients + scale Σ ∂cost/∂θ}, summed over the samples, each times its weight if
 * they have weights. The tally gets what {@link OutputDelta} would add to it, or for another loss
 * {@link OutputOperation.LossDelta}. Not every device has this, and then not for every network.
 *
 * @param parameters {@code W[1], b[1], W[2], …} of the network
 * @param features one row per sample
 * @param targets as those of {@link OutputDelta}
 * @param beta with 0, what the gradients held has no influence
 * @param gradients of the shapes of the parameters
 * @param loss what a sample costs
 * @param dropping which hidden activations are left out; null for none
 */
public record GradientPass(
    NetworkSpec network,
    MatrixGroup parameters,
    Matrix features,
    Matrix targets,
    double scale,
    float beta,
    MatrixGroup gradients,
    Tally tally,
    Loss loss,
    @Nullable Dropping dropping)
    implements Operation<GradientPass.Performer> {
  /**
   * Which activations of the hidden layer are left out, as {@link RefinementOperation.DropOut} does
   * it.
   *
   * @param part the probability that one is, from 0, below 1
   * @param seed the model's
   * @param steps how many steps came before
   * @param first the place in the batch of the first row
   */
  public record Dropping(double part, long seed, Counter steps, long first) {
    public Dropping {
      check(part >= 0 && part < 1, "gradientPass: the part must be from 0, below 1, not %s", part);
      check(first >= 0, "gradientPass: a batch has no sample %s", first);
    }
  }

  /** How a device performs it. */
  public interface Performer {
    /** Performs it; by default a device has no such pass. */
    default void run(GradientPass operation) {
      throw new UnsupportedOperationException("this device takes networks layer by layer");
    }
  }

  public GradientPass {
    String op = "gradientPass";
    check(network.layerCount() <= 2, "%s: a %s network is too deep", op, network.sizes());
    int columns = network.output().targetColumns(network.outputs());
    int weights = targets.columns() - columns;
    check(
        features.columns() == network.inputs()
            && targets.rows() == features.rows()
            && (weights == 0 || weights == 1),
        "%s: features of %s and targets of %s do not fit a %s network with %s output",
        op,
        features,
        targets,
        network.sizes(),
        network.output());
    check(
        dropping == null || network.layerCount() == 2,
        "%s: a %s network has no hidden layer to leave out activations of",
        op,
        network.sizes());
    check(
        loss.suits(network.output()),
        "%s: the loss %s is none for %s output",
        op,
        loss,
        network.output());
    Checks.parametersOf(op, network, "the parameters", parameters);
    Checks.parametersOf(op, network, "the gradients", gradients);
    apart(op, "the parameters", parameters.flat(), "the gradients", gradients.flat());
    apart(op, "the features", features, "the gradients", gradients.flat());
    apart(op, "the targets", targets, "the gradients", gradients.flat());
  }

  /** Whether each row of the targets has its weight behind. */
  public boolean weighted() {
    return targets.columns() > network.output().targetColumns(network.outputs());
  }

  @Override
  public void operands(Operands operands) {
    operands.add("the parameters", parameters.flat());
    operands.add("the features", features);
    operands.add("the targets", targets);
    operands.addWritten("the gradients", gradients.flat());
    operands.addWritten("the tally", tally);
    if (dropping != null) {
      operands.add("the counter", dropping.steps());
    }
  }

  @Override
  public void on(Performer performer) {
    performer.run(this);
  }
}
