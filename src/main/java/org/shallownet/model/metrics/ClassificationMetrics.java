package org.shallownet.model.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How good a classifier is. Definitions are those of scikit-learn's functions of the same names. Of
 * weighted samples, fractions, means and probabilities are weighted; only the confusion is counted.
 *
 * @param classes the classes' names in order
 * @param confusion how many samples of each class (rows) were predicted as each class (columns)
 * @param weightedConfusion the sums of the weights of those samples; without weights their number
 * @param accuracy the fraction predicted right
 * @param logLoss the mean of {@code -log p}, p the probability given to the right class; computed
 *     from the logits, so that probabilities that round to 0 need no clipping
 * @param precision of the samples predicted to be of a class, the fraction that are; 0 if there are
 *     none. For two classes of the second; for more the mean over all classes that occur among
 *     targets or predictions.
 * @param recall of the samples of a class, the fraction predicted so; 0 if there are none; averaged
 *     like precision
 * @param f1 the harmonic mean of a class's precision and recall, averaged likewise
 * @param auc the area under the ROC curve: the probability that a random sample of the second class
 *     gets a higher score than one of the first, equal scores counting half. Not-a-number if one of
 *     the two has no samples, and for more than two classes.
 */
public record ClassificationMetrics(
    List<String> classes,
    List<List<Long>> confusion,
    List<List<Double>> weightedConfusion,
    double accuracy,
    double logLoss,
    double precision,
    double recall,
    double f1,
    double auc)
    implements Metrics {
  /** Copies the lists. */
  public ClassificationMetrics {
    classes = List.copyOf(classes);
    confusion = confusion.stream().map(List::copyOf).toList();
    weightedConfusion = weightedConfusion.stream().map(List::copyOf).toList();
  }

  @Override
  public long rows() {
    return confusion.stream().flatMap(List::stream).mapToLong(Long::longValue).sum();
  }

  @Override
  public Map<String, Double> asMap() {
    Map<String, Double> map = new LinkedHashMap<>();
    map.put("accuracy", accuracy);
    map.put("log_loss", logLoss);
    map.put("precision", precision);
    map.put("recall", recall);
    map.put("f1", f1);
    if (classes.size() == 2) {
      map.put("auc", auc);
    }
    return Collections.unmodifiableMap(map);
  }

  /** The numbers by their names: {@code accuracy 0.9312, log_loss 0.2101, …}. */
  @Override
  public String toString() {
    return MetricsText.of(asMap());
  }
}
