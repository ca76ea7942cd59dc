package org.shallownet.model;

/**
 * Gathers {@link RegressionMetrics} sample by sample. The targets' spread is updated by the method
 * of Welford (1962), which stays exact where the mean is large.
 */
final class RegressionMeter {
  private long samples;
  private double squaredErrors;
  private double absoluteErrors;
  private double mean;
  private double squaredDeviations;

  void add(double actual, double predicted) {
    double error = actual - predicted;
    samples++;
    squaredErrors += error * error;
    absoluteErrors += Math.abs(error);
    double deviation = actual - mean;
    mean += deviation / samples;
    squaredDeviations += deviation * (actual - mean);
  }

  RegressionMetrics metrics() {
    return new RegressionMetrics(
        samples, Math.sqrt(squaredErrors / samples), absoluteErrors / samples, r2());
  }

  private double r2() {
    if (samples < 2) {
      return Double.NaN;
    }
    if (squaredDeviations == 0) {
      return squaredErrors == 0 ? 1 : 0;
    }
    return 1 - squaredErrors / squaredDeviations;
  }
}
