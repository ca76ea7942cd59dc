package org.shallownet.backend.device;

import static java.util.Objects.requireNonNull;
import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;
import static org.shallownet.backend.device.Checks.rowOf;
import static org.shallownet.backend.device.Checks.sameShape;

import org.shallownet.network.Activation;

/** What goes element by element, or row by row: copies, activations and their derivatives. */
public sealed interface ElementwiseOperation extends Operation<ElementwiseOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(Copy operation);

    void run(GatherBatch operation);

    void run(BiasActivate operation);

    void run(ActivationBackward operation);

    void run(Multiply operation);
  }

  /** {@code to = from}, of equal shapes. */
  record Copy(Matrix from, Matrix to) implements ElementwiseOperation {
    public Copy {
      sameShape("copy", "the source", from, "the destination", to);
      apart("copy", "the source", from, "the destination", to);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the source", from);
      operands.addWritten("the destination", to);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Gathers rows of a mini-batch. Step s, counted from 0, takes the {@code batchRows} samples from
   * position {@code (s mod n) batchRows} on in the order of epoch {@code ⌊s / n⌋}, where an epoch
   * has {@code n = ⌈samples / batchRows⌉} steps, the last one with what is left. Row {@code i} of
   * {@code out} becomes the source's row of the batch's sample {@code first + i}; rows that a short
   * last batch doesn't have keep what they held.
   *
   * @param order of as many samples as the source has rows
   * @param steps s, read when the operation runs
   * @param batchRows from 1 to the number of samples
   * @param first where in the batch to begin; {@code out} must not reach beyond {@code batchRows}
   */
  record GatherBatch(
      Matrix source, BatchOrder order, Counter steps, long batchRows, long first, Matrix out)
      implements ElementwiseOperation {
    public GatherBatch {
      check(
          source.columns() == out.columns(),
          "gatherBatch: the source is %s but out %s: they need equally many columns",
          source,
          out);
      apart("gatherBatch", "the source", source, "out", out);
      check(
          order.samples() == source.rows(),
          "gatherBatch: an order of %s samples does not fit the source of %s",
          order.samples(),
          source);
      check(
          batchRows >= 1 && batchRows <= source.rows(),
          "gatherBatch: a batch of the source of %s has 1 to %s rows, not %s",
          source,
          source.rows(),
          batchRows);
      check(
          first >= 0 && first <= batchRows - out.rows(),
          "gatherBatch: rows %s to %s are not all in a batch of %s",
          first,
          first + out.rows() - 1,
          batchRows);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the source", source);
      operands.add("the counter", steps);
      operands.addWritten("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code z = f(z + bias)} in place, the bias added to every row.
   *
   * @param bias one row with as many columns as {@code z}
   */
  record BiasActivate(Activation f, Matrix bias, Matrix z) implements ElementwiseOperation {
    public BiasActivate {
      requireNonNull(f, "f");
      rowOf("biasActivate", "the bias", bias, "z", z);
      apart("biasActivate", "the bias", bias, "z", z);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the bias", bias);
      operands.addWritten("z", z);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code delta = delta ∘ f′} in place, the derivative taken from the activation's output.
   *
   * @param a what {@code f} gave, of the shape of {@code delta}
   */
  record ActivationBackward(Activation f, Matrix a, Matrix delta) implements ElementwiseOperation {
    public ActivationBackward {
      requireNonNull(f, "f");
      sameShape("activationBackward", "a", a, "delta", delta);
      apart("activationBackward", "a", a, "delta", delta);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("a", a);
      operands.addWritten("delta", delta);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code product = m ∘ factors}, element by element; a single row of factors is that of every row
   * of m.
   *
   * @param factors of m's shape, or one row with as many columns
   * @param product of m's shape; it may be m itself
   */
  record Multiply(Matrix m, Matrix factors, Matrix product) implements ElementwiseOperation {
    public Multiply {
      if (factors.rows() == 1) {
        rowOf("multiply", "the factors", factors, "the matrix", m);
      } else {
        sameShape("multiply", "the factors", factors, "the matrix", m);
      }
      sameShape("multiply", "the product", product, "the matrix", m);
      apart("multiply", "the factors", factors, "the product", product);
      if (product != m) {
        apart("multiply", "the matrix", m, "the product", product);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the factors", factors);
      operands.addWritten("the product", product);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
