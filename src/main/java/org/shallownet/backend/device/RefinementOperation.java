package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;
import static org.shallownet.backend.device.Checks.sameShape;

/** What {@link org.shallownet.network.Refinements} add to plain steps. */
public sealed interface RefinementOperation extends Operation<RefinementOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(DropOut operation);

    void run(ClipNorm operation);

    void run(AddSign operation);

    void run(AddAbsoluteNorm operation);
  }

  /**
   * {@code out = m / (1 - p)}, but 0 where {@link org.shallownet.network.Dropout} does not keep the
   * element: row i of m is sample {@code first + i} of the batch, column j unit j of the layer.
   *
   * @param part p, from 0, below 1
   * @param seed the model's
   * @param layer from 1
   * @param steps how many steps came before, read when the operation runs
   * @param first the place of the first row in its batch
   * @param out of m's shape; it may be m itself
   */
  record DropOut(Matrix m, double part, long seed, int layer, Counter steps, long first, Matrix out)
      implements RefinementOperation {
    public DropOut {
      check(part >= 0 && part < 1, "dropOut: the part must be from 0, below 1, not %s", part);
      check(first >= 0, "dropOut: a batch has no sample %s", first);
      sameShape("dropOut", "the matrix", m, "out", out);
      if (!m.sameAs(out)) {
        apart("dropOut", "the matrix", m, "out", out);
      }
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.add("the counter", steps);
      operands.addWritten("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * {@code m = m most / ‖m‖} in place if {@code ‖m‖ = √Σ m²} over all elements is above {@code
   * most}; it is summed in double in a fixed order.
   *
   * @param most positive
   */
  record ClipNorm(double most, Matrix m) implements RefinementOperation {
    /** Checks the bound. */
    public ClipNorm {
      check(most > 0, "clipNorm: the largest norm must be positive, not %s", most);
    }

    @Override
    public void operands(Operands operands) {
      operands.addWritten("the matrix", m);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** {@code out = out + scale sign m}, where the sign of 0 is 0. */
  record AddSign(Matrix m, float scale, Matrix out) implements RefinementOperation {
    public AddSign {
      sameShape("addSign", "the matrix", m, "out", out);
      apart("addSign", "the matrix", m, "out", out);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.addWritten("out", out);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Adds {@code scale Σ |m|} over all elements to the tally's cost, summed in double in a fixed
   * order.
   */
  record AddAbsoluteNorm(Matrix m, double scale, Tally tally) implements RefinementOperation {
    @Override
    public void operands(Operands operands) {
      operands.add("the matrix", m);
      operands.addWritten("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
