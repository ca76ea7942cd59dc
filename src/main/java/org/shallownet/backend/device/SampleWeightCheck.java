package org.shallownet.backend.device;

/** The samples' weights, where the last column of the targets holds them. */
public final class SampleWeightCheck {
  private SampleWeightCheck() {}

  /**
   * Refuses weights that are negative or not finite.
   *
   * @param operation what they are for, for the message
   * @param targets rows of {@code columns} floats, from index {@code from} on
   * @throws IllegalArgumentException if there is such a weight
   */
  public static void check(String operation, float[] targets, int from, int rows, int columns) {
    int last = from + columns - 1;
    for (int row = 0; row < rows; row++) {
      float weight = targets[last + row * columns];
      if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY)) {
        throw wrong(operation, weight);
      }
    }
  }

  /** What is thrown for a weight that makes no sense. */
  public static IllegalArgumentException wrong(String operation, float weight) {
    return new IllegalArgumentException(
        operation + ": a weight is " + weight + "; weights are finite and not negative");
  }
}
