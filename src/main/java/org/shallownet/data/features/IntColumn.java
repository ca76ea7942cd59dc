package org.shallownet.data.features;

import java.util.ArrayList;
import java.util.List;

/** A growing list of ints, in blocks, so that its size is not an array's limit. */
public final class IntColumn {
  private static final int SHIFT = 12;
  private static final int BLOCK = 1 << SHIFT;

  private final List<int[]> blocks = new ArrayList<>();
  private long size;

  public long size() {
    return size;
  }

  public void add(int value) {
    int at = (int) (size & (BLOCK - 1));
    if (at == 0) {
      blocks.add(new int[BLOCK]);
    }
    blocks.get(blocks.size() - 1)[at] = value;
    size++;
  }

  public int get(long index) {
    return blocks.get((int) (index >>> SHIFT))[(int) (index & (BLOCK - 1))];
  }
}
