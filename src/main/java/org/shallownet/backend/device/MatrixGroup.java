package org.shallownet.backend.device;

import java.util.List;

/**
 * Several matrices that lie side by side in one piece of memory, such as all parameters of a
 * network.
 *
 * <p>A device may leave gaps between the parts; elementwise operations on {@code flat} act on the
 * gaps too, where all values stay 0 as long as every operand is a group of the same shapes.
 *
 * @param parts in the order of the shapes they were allocated with, all of one allocation
 * @param flat all parts and gaps as a matrix of one row
 */
public record MatrixGroup(List<Matrix> parts, Matrix flat) {
  /** Keeps a list of its own. */
  public MatrixGroup {
    parts = List.copyOf(parts);
  }

  /** Part {@code index}. */
  public Matrix part(int index) {
    return parts.get(index);
  }
}
