package org.shallownet.backend.cuda.driver;

import java.nio.FloatBuffer;

/** Finds out which classes targets are of, with a weight behind or not, while on the host. */
public final class Classes {
  /** More classes than there can be: the values may be anything. */
  static final int UNKNOWN = Integer.MAX_VALUE;

  private Classes() {}

  /**
   * What is known of the first column of a matrix that is filled from here: of at most two, see
   * {@link #among}.
   */
  public static int of(FloatBuffer source, CudaMatrix destination) {
    int columns = destination.columns();
    return columns <= 2 ? among(source, destination.rows(), columns) : UNKNOWN;
  }

  /**
   * The least number of classes, counted from 0, that the first values of the next rows are all of;
   * {@link #UNKNOWN} if one of them is no number of a class.
   */
  private static int among(FloatBuffer values, long rows, int columns) {
    int classes = 1;
    int at = values.position();
    for (long row = 0; row < rows; row++, at += columns) {
      float value = values.get(at);
      int number = (int) value;
      if (number < 0 || number == UNKNOWN || value != (float) number) {
        return UNKNOWN;
      }
      classes = Math.max(classes, number + 1);
    }
    return classes;
  }
}
