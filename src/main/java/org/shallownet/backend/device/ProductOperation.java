package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.apart;
import static org.shallownet.backend.device.Checks.check;

import java.util.List;

/** Products of matrices. */
public sealed interface ProductOperation extends Operation<ProductOperation.Performer> {
  /** How a device performs them. */
  interface Performer {
    void run(Gemm operation);

    void run(StackedGemm operation);
  }

  /**
   * {@code C = α op(A) op(B) + β C}, where {@code op} transposes or not. With {@code β = 0} what C
   * held, not-a-number included, has no influence.
   */
  record Gemm(
      boolean transposeA, boolean transposeB, float alpha, Matrix a, Matrix b, float beta, Matrix c)
      implements ProductOperation {
    public Gemm {
      Checks.product("gemm", transposeA, a, transposeB, b, c);
      apart("gemm", "A", a, "C", c);
      apart("gemm", "B", b, "C", c);
    }

    @Override
    public void operands(Operands operands) {
      operands.add("A", a);
      operands.add("B", b);
      operands.addWritten("C", c);
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }

  /**
   * Products of several matrices, {@code C[i] = α op(A[i]) op(B[i]) + β C[i]}. A device that
   * computes them in one call may add up in another order than {@link Gemm} does.
   *
   * <p>The matrices of a list have one shape and lie in one piece of memory, equally far apart. All
   * of {@code a} or {@code b} may be the same matrix. What lies between the first and the last of
   * {@code c} overlaps no other operand.
   */
  record StackedGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      MatrixStack a,
      MatrixStack b,
      float beta,
      MatrixStack c)
      implements ProductOperation {
    public StackedGemm {
      check(
          a.count() == c.count() && b.count() == c.count(),
          "stackedGemm: %s matrices A times %s matrices B do not give %s matrices C",
          a.count(),
          b.count(),
          c.count());
      Checks.product("stackedGemm", transposeA, a.get(0), transposeB, b.get(0), c.get(0));
      check(c.isApart(), "stackedGemm: matrices C of %s share memory", c.get(0));
      check(!c.overlaps(a), "stackedGemm: matrices A and C share a stretch of memory");
      check(!c.overlaps(b), "stackedGemm: matrices B and C share a stretch of memory");
    }

    /**
     * Makes stacks of lists.
     *
     * @throws IllegalArgumentException if a list's matrices form none
     */
    public StackedGemm(
        boolean transposeA,
        boolean transposeB,
        float alpha,
        List<? extends Matrix> a,
        List<? extends Matrix> b,
        float beta,
        List<? extends Matrix> c) {
      this(
          transposeA,
          transposeB,
          alpha,
          MatrixStack.of("stackedGemm", "A", a),
          MatrixStack.of("stackedGemm", "B", b),
          beta,
          MatrixStack.of("stackedGemm", "C", c));
    }

    @Override
    public void operands(Operands operands) {
      a.matrices().forEach(matrix -> operands.add("A", matrix));
      b.matrices().forEach(matrix -> operands.add("B", matrix));
      c.matrices().forEach(matrix -> operands.addWritten("C", matrix));
    }

    @Override
    public void on(Performer performer) {
      performer.run(this);
    }
  }
}
