package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.CpuMatrix;
import org.shallownet.backend.device.BatchOrder;

/** {@link RowFetch} without vectors. */
final class PlainFetch implements RowFetch {
  static final PlainFetch INSTANCE = new PlainFetch();

  private PlainFetch() {}

  @Override
  public void order(BatchOrder order, long epoch, long first, int count, long[] to) {
    order.fill(epoch, first, count, to);
  }

  @Override
  public void copy(
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
