package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.device.BatchOrder;

/**
 * Says which samples a mini-batch has, and copies their rows from anywhere in memory: in plain Java
 * unless kernels know better.
 */
public interface RowFetch {
  /** In plain Java. */
  RowFetch PLAIN = new RowFetch() {};

  /**
   * Writes which samples stand at positions {@code first … first + count - 1} of an epoch's order,
   * those of {@link BatchOrder#fill}.
   */
  default void order(BatchOrder order, long epoch, long first, int count, long[] to) {
    order.fill(epoch, first, count, to);
  }

  /**
   * Copies a stretch of some rows, one row behind the other.
   *
   * @param rows numbers of rows, of which the first {@code count} are copied
   * @param firstColumn where in a row the stretch begins
   * @param columns how many floats it has
   * @param to where copies go, from 0 on
   * @param stride floats from one copy to the next
   */
  default void copy(
      CpuMatrix from,
      long[] rows,
      int count,
      int firstColumn,
      int columns,
      float[] to,
      int stride) {
    for (int i = 0; i < count; i++) {
      int at = from.position(rows[i]) + firstColumn;
      System.arraycopy(from.array(rows[i]), at, to, i * stride, columns);
    }
  }
}
