package org.shallownet.backend.cuda;

import java.nio.FloatBuffer;

/** Finds out which classes targets are of, while they are on the host. */
final class Classes {
  /** More classes than there can be: the values may be anything. */
  static final int UNKNOWN = Integer.MAX_VALUE;

  private Classes() {}

  /** What is known of a matrix that is filled from here: of one column, see {@link #among}. */
  static int of(FloatBuffer source, CudaMatrix destination) {
    return destination.columns() == 1 ? among(source, destination.rows()) : UNKNOWN;
  }

  /**
   * The least number of classes, counted from 0, that the next {@code count} values are all of;
   * {@link #UNKNOWN} if one of them is no number of a class.
   */
  private static int among(FloatBuffer values, long count) {
    int classes = 1;
    int from = values.position();
    for (int i = from; i < from + count; i++) {
      float value = values.get(i);
      int number = (int) value;
      if (number < 0 || number == UNKNOWN || value != (float) number) {
        return UNKNOWN;
      }
      classes = Math.max(classes, number + 1);
    }
    return classes;
  }
}
