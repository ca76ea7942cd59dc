package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;
import static org.shallownet.backend.device.Checks.rowOf;

/** Sums and means over samples, tallies, counts of steps. */
public sealed interface SumOperation extends Operation<SumOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(SumRows operation);

    void run(DivideByWeight operation);

    void run(AddSquaredNorm operation);

    void run(Increment operation);

    void run(Clear operation);
  }

  /**
   * {@code out = beta out + Σ rows of m}, summed in a fixed order. With {@code beta = 0} what
   * {@code out} held has no influence.
   *
   * @param out one row with as many columns as {@code m}
   */
  record SumRows(Matrix m, float beta, Matrix out) implements SumOperation {
    public SumRows {
      rowOf("sumRows", "out", out, "the matrix", m);
      apart("sumRows", "the matrix", m, "out", out);
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
   * {@code m = m / w} in place, where w is the last number of a row: what makes a sum over weighted
   * samples their mean. If w is 0, no sample counted, and m, then a sum of zeros, stays as it is.
   *
   * @param sums one row, such as {@link SumRows} gives for weighted targets, whose last number is
   *     read when the operation runs
   */
  record DivideByWeight(Matrix sums, Matrix m) implements SumOperation {
    public DivideByWeight {
      check(sums.rows() == 1, "divideByWeight: the sums must be one row, not %s", sums);
      apart("divideByWeight", "the sums", sums, "the matrix", m);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("the sums", sums);
      operands.addWritten("the matrix", m);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Adds {@code scale Σ m²} over all elements to the tally's cost, summed in double in a fixed
   * order.
   */
  record AddSquaredNorm(Matrix m, double scale, Tally tally) implements SumOperation {
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

  /** Adds 1 to the counter. */
  record Increment(Counter counter) implements SumOperation {
    @Override
    public void operands(Operands operands) {
      operands.addWritten("the counter", counter);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /** Sets the tally to 0. */
  record Clear(Tally tally) implements SumOperation {
    @Override
    public void operands(Operands operands) {
      operands.addWritten("the tally", tally);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
