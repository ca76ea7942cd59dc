package org.shallownet.backend.cpu.primitives;

/**
 * {@code C = α op(A) op(B) + β C} as a value.
 *
 * @param transposeA whether {@code op(A)} is A transposed
 * @param transposeB whether {@code op(B)} is B transposed
 */
record Product(
    boolean transposeA,
    boolean transposeB,
    float alpha,
    CpuMatrix a,
    CpuMatrix b,
    float beta,
    CpuMatrix c) {

  /** The number of rows of C. */
  long m() {
    return c.rows();
  }

  /** The number of columns of C. */
  int n() {
    return c.columns();
  }

  /** The length of the sums. */
  long k() {
    return transposeA ? a.rows() : a.columns();
  }

  /**
   * Whether the sums run over the rows of both operands and the result is small: a weight gradient
   * {@code ΔᵀX}, whose sums over the samples are cut rather than its few results.
   */
  boolean isGradient() {
    return transposeA && !transposeB && m() * n() <= MOST_GRADIENT_ELEMENTS;
  }

  /** Each of the sums kept apart needs this many floats at most. */
  private static final int MOST_GRADIENT_ELEMENTS = 1 << 16;
}
