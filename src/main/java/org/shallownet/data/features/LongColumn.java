package org.shallownet.data.features;

import java.util.ArrayList;
import java.util.List;

/** A growing list of longs, in blocks, so that its size is not an array's limit. */
public final class LongColumn {
  private static final int SHIFT = 12;
  private static final int BLOCK = 1 << SHIFT;

  private final List<long[]> blocks = new ArrayList<>();
  private long size;

  public long size() {
    return size;
  }

  public void add(long value) {
    int at = (int) (size & (BLOCK - 1));
    if (at == 0) {
      blocks.add(new long[BLOCK]);
    }
    blocks.get(blocks.size() - 1)[at] = value;
    size++;
  }

  public long get(long index) {
    return blocks.get((int) (index >>> SHIFT))[(int) (index & (BLOCK - 1))];
  }
}
