package org.shallownet.backend.device;

import static java.util.Objects.requireNonNull;
import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;
import static org.shallownet.backend.device.Checks.sameShape;

import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** What is computed from logits: costs with their derivatives, and answers. */
public sealed interface OutputOperation extends Operation<OutputOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(OutputDelta operation);

    void run(LossDelta operation);

    void run(OutputProbabilities operation);
  }

  /**
   * The output layer's cost and its derivative, computed stably from the logits (the output layer's
   * {@code z}, bias included): {@code delta = scale (a - y)}; the sum of the samples' costs (not
   * scaled), the number of samples predicted right and the number of samples are added to {@code
   * tally}.
   *
   * <p>If the targets have one more column than the output wants, it is the samples' weights w:
   * then {@code delta = scale w (a - y)}, and the tally gets the sums of w times the cost, of the w
   * of those predicted right, and of w. Weights are taken as they are; {@link Device#checkTargets}
   * refuses those that make no sense.
   *
   * <p>Right is: for sigmoid, {@code a > ½} for exactly the targets that are 1; for softmax, the
   * target's logit is the largest, the first of equals; for squared error nothing is counted. For
   * an exponential output the sum of {@code ½ Σ (a - y)²} takes the place of hits.
   *
   * @param targets as {@link Output} says, one row per row of {@code logits}; with one more column,
   *     that of the weights
   * @param delta of the shape of {@code logits}; may be {@code logits} itself
   */
  record OutputDelta(
      Output output, Matrix logits, Matrix targets, double scale, Matrix delta, Tally tally)
      implements OutputOperation {
    public OutputDelta {
      requireNonNull(output, "output");
      Checks.delta("outputDelta", output, logits, targets, delta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.add("the targets", targets);
      operands.addWritten("delta", delta);
      operands.addWritten("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@link OutputDelta} of another loss than the output's own: {@code delta = scale w ∂loss/∂z},
   * and the tally gets the sums of w times the loss and of w, w being 1 without weights. For
   * numbers it gets in the place of hits the sum of w times {@code ½ Σ (a - y)²}, which a {@link
   * Loss} of another kind does not tell.
   *
   * @param loss one that suits the output
   */
  record LossDelta(
      Loss loss,
      Output output,
      Matrix logits,
      Matrix targets,
      double scale,
      Matrix delta,
      Tally tally)
      implements OutputOperation {
    public LossDelta {
      requireNonNull(loss, "loss");
      check(
          !(loss instanceof Loss.Own) && loss.suits(output),
          "lossDelta: the loss %s is none for %s output",
          loss,
          output);
      Checks.delta("lossDelta", output, logits, targets, delta);
    }

    /** Whether each row of the targets has its weight behind. */
    public boolean weighted() {
      return targets.columns() > output.targetColumns(logits.columns());
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.add("the targets", targets);
      operands.addWritten("delta", delta);
      operands.addWritten("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code probabilities = a}, the output function of the logits; for squared error the logits
   * themselves, for an exponential output numbers, too.
   *
   * @param probabilities of the shape of {@code logits}; may be {@code logits} itself
   */
  record OutputProbabilities(Output output, Matrix logits, Matrix probabilities)
      implements OutputOperation {
    public OutputProbabilities {
      requireNonNull(output, "output");
      String op = "outputProbabilities";
      sameShape(op, "the logits", logits, "the probabilities", probabilities);
      if (!logits.sameAs(probabilities)) {
        apart(op, "the logits", logits, "the probabilities", probabilities);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the logits", logits);
      operands.addWritten("the probabilities", probabilities);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
