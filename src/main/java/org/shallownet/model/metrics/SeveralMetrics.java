package org.shallownet.model.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How good a model of several targets is: for each target, and over all of them.
 *
 * @param targets the targets' names in the order of the outputs
 * @param each the metrics of each target
 * @param exact for yes/no targets the fraction of the samples of which all were predicted right,
 *     scikit-learn's accuracy of several labels, weighted if the samples are; not-a-number for
 *     numbers
 */
public record SeveralMetrics(List<String> targets, List<Metrics> each, double exact)
    implements Metrics {
  /** Copies the lists. */
  public SeveralMetrics {
    targets = List.copyOf(targets);
    each = List.copyOf(each);
    if (each.isEmpty() || each.size() != targets.size()) {
      throw new IllegalArgumentException(each.size() + " metrics for " + targets.size());
    }
  }

  @Override
  public long rows() {
    return each.get(0).rows();
  }

  /**
   * The mean over the targets of what each has, those left out where it is not-a-number. For yes/no
   * targets {@code accuracy} is {@link #exact}, and {@code label_accuracy} the mean.
   */
  @Override
  public Map<String, Double> asMap() {
    Map<String, Double> map = new LinkedHashMap<>();
    for (String name : each.get(0).asMap().keySet()) {
      double mean =
          each.stream()
              .mapToDouble(metrics -> metrics.asMap().getOrDefault(name, Double.NaN))
              .filter(value -> !Double.isNaN(value))
              .average()
              .orElse(Double.NaN);
      if (name.equals("accuracy")) {
        map.put(name, exact);
        map.put("label_accuracy", mean);
      } else {
        map.put(name, mean);
      }
    }
    return Collections.unmodifiableMap(map);
  }

  /** The numbers by their names: {@code accuracy 0.9312, log_loss 0.2101, …}. */
  @Override
  public String toString() {
    return MetricsText.of(asMap());
  }
}
