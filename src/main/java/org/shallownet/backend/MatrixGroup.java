package org.shallownet.backend;

import java.util.List;

/**
 * Several matrices that lie side by side in one piece of memory, such as all parameters of a
 * network.
 *
 * <p>A backend may leave gaps between the parts; elementwise operations on {@link #flat} act on the
 * gaps too, where all values stay 0 as long as every operand is a group of the same shapes.
 */
public interface MatrixGroup {
  /** The parts, in the order of the shapes they were allocated with. */
  List<Matrix> parts();

  /** Part {@code index}. */
  default Matrix part(int index) {
    return parts().get(index);
  }

  /** All parts and gaps as a matrix of one row. */
  Matrix flat();
}
