package org.shallownet.training.ensemble;

/**
 * A few measurements of the same thing, such as one for each seed.
 *
 * @param mean their mean; not a number if there are none
 * @param deviation their standard deviation (of a sample: with n - 1); not a number for fewer than
 *     two
 * @param count how many they are
 */
public record Spread(double mean, double deviation, int count) {
  /** The spread of these values. */
  public static Spread of(double... values) {
    double sum = 0;
    for (double value : values) {
      // From the first one on: the mean of equal values is exactly that value.
      sum += value - values[0];
    }
    double mean = values.length == 0 ? Double.NaN : values[0] + sum / values.length;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
    return new Spread(mean, deviation, values.length);
  }

  /**
   * The standard error of the mean, {@code s / √n}, which takes the measurements as independent of
   * each other; not a number for fewer than two.
   */
  public double error() {
    return deviation / Math.sqrt(count);
  }

  /**
   * Whether the means are no further apart than single measurements of either are by chance: than
   * one standard deviation of their difference, {@code √(s₁² + s₂²)}. Never with fewer than two
   * measurements each, which say nothing of chance.
   */
  public boolean isWithinNoiseOf(Spread other) {
    return Math.abs(mean - other.mean) <= Math.hypot(deviation, other.deviation);
  }
}
