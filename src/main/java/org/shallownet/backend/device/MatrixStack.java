package org.shallownet.backend.device;

import java.util.List;

/**
 * Matrices of one shape in one piece of memory, equally far apart.
 *
 * @param matrices at least one, in the order of their places
 * @param distance how many elements of the memory lie between the beginnings of neighbours, see
 *     {@link Matrix#offset}; 0 if there is only one or all are the same
 */
public record MatrixStack(List<Matrix> matrices, long distance) {
  /** Keeps a list of its own. */
  public MatrixStack {
    matrices = List.copyOf(matrices);
  }

  /**
   * The stack that matrices form.
   *
   * @param operation what it is for, and
   * @param role its part in that, for messages
   * @throws IllegalArgumentException if they form none
   */
  static MatrixStack of(String operation, String role, List<? extends Matrix> matrices) {
    Checks.check(!matrices.isEmpty(), "%s: %s is an empty list", operation, role);
    long distance = matrices.size() == 1 ? 0 : matrices.get(1).offset() - matrices.get(0).offset();
    for (int i = 1; i < matrices.size(); i++) {
      Matrix last = matrices.get(i - 1);
      Matrix next = matrices.get(i);
      Checks.sameShape(operation, role, last, role, next);
      Checks.check(
          next.allocation() == last.allocation()
              && next.offset() - last.offset() == distance
              && distance >= 0,
          "%s: the matrices of %s are not equally far apart in one piece of memory",
          operation,
          role);
    }
    return new MatrixStack(List.copyOf(matrices), distance);
  }

  /** How many there are. */
  public int count() {
    return matrices.size();
  }

  /** The matrix at a place. */
  public Matrix get(int index) {
    return matrices.get(index);
  }

  /** Whether no two share memory. */
  boolean isApart() {
    return count() == 1 || distance >= get(0).size();
  }

  /**
   * Whether what lies between its first and last element overlaps what lies between the other's.
   */
  boolean overlaps(MatrixStack other) {
    return get(0).allocation() == other.get(0).allocation()
        && get(0).offset() < other.end()
        && other.get(0).offset() < end();
  }

  private long end() {
    Matrix last = get(count() - 1);
    return last.offset() + last.size();
  }
}
