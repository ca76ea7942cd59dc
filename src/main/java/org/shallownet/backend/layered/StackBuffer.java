package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/** A buffer for rows of one network or of several, then in blocks that are equally far apart. */
final class StackBuffer {
  /** Blocks begin at multiples of 16 bytes, as a matrix of its own does: so kernels do the same. */
  private static final int ALIGNED_ROWS = 4;

  private final Matrix buffer;
  private List<Matrix> current = List.of();

  /**
   * A buffer.
   *
   * @param rows for how many rows of all networks: {@link #room}
   */
  StackBuffer(Backend backend, Scope scope, long rows, int columns) {
    buffer = backend.allocate(scope, rows, columns);
  }

  /** How many rows a buffer needs for so many blocks. */
  static long room(int blocks, long rows) {
    return blocks == 1 ? rows : blocks * apart(rows);
  }

  /** How many rows after one block the next begins. */
  static long apart(long rows) {
    return (rows + ALIGNED_ROWS - 1) / ALIGNED_ROWS * ALIGNED_ROWS;
  }

  /** Blocks with so many rows each; most calls ask for the same as the one before. */
  List<Matrix> blocks(int count, long rows) {
    if (current.size() != count || current.get(0).rows() != rows) {
      List<Matrix> next = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        next.add(buffer.rows(i * apart(rows), rows));
      }
      current = List.copyOf(next);
    }
    return current;
  }

  /** What was last asked for. */
  List<Matrix> current() {
    return current;
  }
}
