package org.shallownet.model.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How good a regression is, in the target's own units. Of weighted samples means and sums are
 * weighted.
 *
 * @param rows the number of samples, whatever they weigh
 * @param rmse the root of the mean squared error
 * @param mae the mean absolute error
 * @param r2 {@code 1 - Σ (y - ŷ)² / Σ (y - mean)²}; for a constant target 1 if every prediction is
 *     exact and else 0, as in scikit-learn; not-a-number for fewer than two samples that weigh
 *     anything
 * @param poissonDeviance of a model with an exponential output the mean of {@code 2 (y log(y/ŷ) - y
 *     + ŷ)}, y log y being 0 at 0; not-a-number if a target is negative; null for other models
 */
public record RegressionMetrics(
    long rows, double rmse, double mae, double r2, @Nullable Double poissonDeviance)
    implements Metrics {
  /** Of a model without an exponential output. */
  public RegressionMetrics(long rows, double rmse, double mae, double r2) {
    this(rows, rmse, mae, r2, null);
  }

  @Override
  public Map<String, Double> asMap() {
    Map<String, Double> map = new LinkedHashMap<>();
    map.put("rmse", rmse);
    map.put("mae", mae);
    map.put("r2", r2);
    if (poissonDeviance != null) {
      map.put("poisson_deviance", poissonDeviance);
    }
    return Collections.unmodifiableMap(map);
  }

  /** The numbers by their names: {@code rmse 1.25, mae 0.875, r2 0.9312}. */
  @Override
  public String toString() {
    return MetricsText.of(asMap());
  }
}
