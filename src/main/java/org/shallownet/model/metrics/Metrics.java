package org.shallownet.model.metrics;

import java.util.Map;

/** How good a model is on some data. */
public sealed interface Metrics permits ClassificationMetrics, RegressionMetrics, SeveralMetrics {
  /** The number of samples that were looked at, whatever they weigh. */
  long rows();

  /**
   * The numbers by their names, in a fixed order: for classes {@code accuracy}, {@code log_loss},
   * {@code precision}, {@code recall}, {@code f1} and, for two classes, {@code auc}; for numbers
   * {@code rmse}, {@code mae}, {@code r2} and, of a model with an exponential output, {@code
   * poisson_deviance}. What the data leaves undefined is not-a-number.
   */
  Map<String, Double> asMap();
}
