package org.shallownet.model.metrics;

/**
 * Gathers {@link RegressionMetrics} sample by sample. The targets' spread is updated by the method
 * of Welford (1962), which stays exact where the mean is large, with weights as by West (1979).
 */
public final class RegressionMeter {
  private long rows;

  /** Those with a weight above 0. */
  private long samples;

  private double weights;
  private double squaredErrors;
  private double absoluteErrors;
  private double mean;
  private double squaredDeviations;
  private boolean deviances;
  private double deviance;

  /**
   * Adds a sample.
   *
   * @param weight how much it counts
   */
  public void add(double actual, double predicted, double weight) {
    rows++;
    if (weight == 0) {
      return;
    }
    double error = actual - predicted;
    samples++;
    weights += weight;
    squaredErrors += weight * error * error;
    absoluteErrors += weight * Math.abs(error);
    double deviation = actual - mean;
    // A quotient of exactly 1 for the first sample, so that equal targets have no deviation.
    mean += deviation * (weight / weights);
    squaredDeviations += weight * deviation * (actual - mean);
  }

  /**
   * Adds the Poisson deviance of a sample that {@link #add} has heard of.
   *
   * @param logPredicted the logarithm of what is predicted
   */
  public void addDeviance(double actual, double logPredicted, double weight) {
    deviances = true;
    if (weight == 0) {
      return;
    }
    double logRatio = actual == 0 ? 0 : actual * (Math.log(actual) - logPredicted);
    deviance += weight * 2 * (logRatio - actual + Math.exp(logPredicted));
  }

  public RegressionMetrics metrics() {
    return new RegressionMetrics(
        rows,
        Math.sqrt(squaredErrors / weights),
        absoluteErrors / weights,
        r2(),
        deviances ? deviance / weights : null);
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
