package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;

import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/**
 * The way from the products of a network's last hidden layer to the derivatives by them, with all
 * that hangs on the output layer. With L the output layer and {@code z = A[L-2] W[L-1]ᵀ}:
 *
 * <pre>{@code
 * A[L-1] = f(z + b[L-1]),  Z[L] = A[L-1] W[L]ᵀ + b[L],  delta = scale ∂cost/∂Z[L]
 * ∂b[L] = β ∂b[L] + Σ delta,  ∂W[L] = β ∂W[L] + deltaᵀ A[L-1]
 * z = (delta W[L]) ∘ f'(A[L-1]),  ∂b[L-1] = β ∂b[L-1] + Σ z
 * }</pre>
 *
 * <p>The tally gets what {@link OutputDelta} would add to it, or for another loss {@link
 * OutputOperation.LossDelta}. Not every device has this, and then not for every network.
 *
 * @param network one with a hidden layer
 * @param parameters {@code W[1], b[1], W[2], …} of the network
 * @param z one row per sample, changed in place
 * @param targets as those of {@link OutputDelta}, with weights or without
 * @param beta with 0, what the gradients held has no influence
 * @param gradients of the shapes of the parameters; those of other layers stay as they are
 * @param delta one row per sample; overwritten
 * @param loss what a sample costs
 */
public record OutputPass(
    NetworkSpec network,
    MatrixGroup parameters,
    Matrix z,
    Matrix targets,
    double scale,
    float beta,
    MatrixGroup gradients,
    Matrix delta,
    Tally tally,
    Loss loss)
    implements Operation<OutputPass.Performer> {
  /** How a device performs it. */
  public interface Performer {
    /** Performs it; by default a device has no such pass. */
    default void run(OutputPass operation) {
      throw new UnsupportedOperationException("this device takes the output layer step by step");
    }
  }

  public OutputPass {
    String op = "outputPass";
    int last = network.layerCount();
    check(last >= 2, "%s: a %s network has no hidden layer", op, network.sizes());
    check(
        z.columns() == network.units(last - 1) && delta.columns() == network.outputs(),
        "%s: z of %s and delta of %s do not fit a %s network",
        op,
        z,
        delta,
        network.sizes());
    Checks.delta(op, network.output(), delta, targets, delta);
    check(z.rows() == delta.rows(), "%s: z of %s and delta of %s differ in rows", op, z, delta);
    check(
        loss.suits(network.output()),
        "%s: the loss %s is none for %s output",
        op,
        loss,
        network.output());
    Checks.parametersOf(op, network, "the parameters", parameters);
    Checks.parametersOf(op, network, "the gradients", gradients);
    apart(op, "the parameters", parameters.flat(), "the gradients", gradients.flat());
    apart(op, "the parameters", parameters.flat(), "z", z);
    apart(op, "the parameters", parameters.flat(), "delta", delta);
    apart(op, "the targets", targets, "z", z);
    apart(op, "the targets", targets, "the gradients", gradients.flat());
    apart(op, "z", z, "delta", delta);
    apart(op, "z", z, "the gradients", gradients.flat());
    apart(op, "delta", delta, "the gradients", gradients.flat());
  }

  /** Whether each row of the targets has its weight behind. */
  public boolean weighted() {
    return targets.columns() > network.output().targetColumns(network.outputs());
  }

  /** {@code b[L-1]} of parameters or gradients. */
  public Matrix hiddenBias(MatrixGroup group) {
    return group.part(2 * network.layerCount() - 3);
  }

  /** {@code W[L]} of parameters or gradients. */
  public Matrix outputWeights(MatrixGroup group) {
    return group.part(2 * network.layerCount() - 2);
  }

  /** {@code b[L]} of parameters or gradients. */
  public Matrix outputBias(MatrixGroup group) {
    return group.part(2 * network.layerCount() - 1);
  }

  @Override
  public void operands(Operands operands) {
    operands.add("the parameters", parameters.flat());
    operands.addWritten("z", z);
    operands.add("the targets", targets);
    operands.addWritten("the gradients", gradients.flat());
    operands.addWritten("delta", delta);
    operands.addWritten("the tally", tally);
  }

  @Override
  public void on(Performer performer) {
    performer.run(this);
  }
}
