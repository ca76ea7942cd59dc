package org.shallownet.data.columns;

import java.util.Arrays;

/** What is to be known of a column of numbers to decide what it is; NaN is a missing one. */
final class NumberColumn {
  /** Of longer columns only those that rise or fall are seen to differ in every row. */
  private static final int MOST_SORTED = 1 << 16;

  private final String name;
  private long missing;
  private long present;
  private float least = Float.POSITIVE_INFINITY;
  private float greatest = Float.NEGATIVE_INFINITY;
  private boolean whole = true;
  private boolean rising = true;
  private boolean falling = true;
  private boolean byOnes = true;
  private float first;
  private float last;
  private float[] values = new float[0];

  NumberColumn(String name) {
    this.name = name;
  }

  /** Adds every {@code step}-th of a block's values. */
  void add(float[] block, int from, int end, int step) {
    int i = from;
    for (; i < end && (present == 0 || whole || rising || falling); i += step) {
      add(block[i]);
    }
    // Most numbers are neither whole nor in order, which shows in the first rows.
    float low = least;
    float high = greatest;
    for (; i < end; i += step) {
      float value = block[i];
      if (Float.isNaN(value)) {
        missing++;
      } else {
        low = value < low ? value : low;
        high = value > high ? value : high;
        present++;
      }
    }
    least = low;
    greatest = high;
  }

  private void add(float value) {
    if (Float.isNaN(value)) {
      missing++;
      return;
    }
    if (present == 0) {
      first = value;
    } else {
      rising &= value > last;
      falling &= value < last;
      // From 2^24 on neighbours are the same as float32.
      byOnes = byOnes && value == (float) ((double) first + present);
    }
    last = value;
    least = value < least ? value : least;
    greatest = value > greatest ? value : greatest;
    whole = whole && value == Math.rint(value);
    if (!whole) {
      values = new float[0];
    } else if (present < MOST_SORTED) {
      if (present >= values.length) {
        values = Arrays.copyOf(values, (int) Math.max(64, 2 * present));
      }
      values[(int) present] = value;
    }
    present++;
  }

  String name() {
    return name;
  }

  long missing() {
    return missing;
  }

  long present() {
    return present;
  }

  boolean isConstant() {
    return least == greatest;
  }

  /** Whether it is 0, 1, 2, … or 1, 2, 3, … in the table's order. */
  boolean countsRows() {
    return missing == 0 && byOnes && (first == 0 || first == 1);
  }

  /** Whether it is whole numbers of which no two rows have the same, in ten rows or more. */
  boolean differsInEveryRow() {
    if (!whole || missing > 0 || present < 10) {
      return false;
    }
    if (rising || falling) {
      return true;
    }
    if (present > MOST_SORTED || greatest - least + 1 < present) {
      return false;
    }
    float[] sorted = Arrays.copyOf(values, (int) present);
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        return false;
      }
    }
    return true;
  }
}
