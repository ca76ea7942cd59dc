package org.shallownet.backend;

import java.util.List;

/**
 * Matrices of one shape in one piece of memory, equally far apart.
 *
 * @param matrices at least one, in the order of their places
 * @param distance how many elements of the memory lie between the beginnings of neighbours, see
 *     {@link AbstractMatrix#offset}; 0 if there is only one or all are the same
 */
public record MatrixStack(List<AbstractMatrix> matrices, long distance) {
  /** Keeps a list of its own. */
  public MatrixStack {
    matrices = List.copyOf(matrices);
  }

  /** How many there are. */
  public int count() {
    return matrices.size();
  }

  /** The matrix at a place. */
  public AbstractMatrix get(int index) {
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
    AbstractMatrix last = get(count() - 1);
    return last.offset() + last.size();
  }
}
