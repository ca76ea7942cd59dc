package org.shallownet.cli.output;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RegressionMetrics;

/** Whether a model is worse than an answer that does not look at the features. */
public final class Baseline {
  private static final String ADVICE =
      "; check the target and the columns (--features, --ignore), or give more rows";

  private Baseline() {}

  /**
   * A sentence if always giving the most frequent class, or the mean, would be better; else null.
   *
   * @param judged how the model does on rows that it has not learned from
   */
  public static @Nullable String sentence(Metrics judged) {
    if (judged instanceof ClassificationMetrics metrics) {
      return ofClasses(metrics);
    }
    if (judged instanceof RegressionMetrics metrics && metrics.r2() < 0) {
      return "the model is worse than always giving the mean (r2 "
          + Numbers.significant(metrics.r2())
          + ")"
          + ADVICE;
    }
    return null;
  }

  private static @Nullable String ofClasses(ClassificationMetrics metrics) {
    double total = 0;
    double most = 0;
    int frequent = 0;
    List<List<Double>> confusion = metrics.weightedConfusion();
    for (int k = 0; k < confusion.size(); k++) {
      double ofClass = confusion.get(k).stream().mapToDouble(Double::doubleValue).sum();
      total += ofClass;
      if (ofClass > most) {
        most = ofClass;
        frequent = k;
      }
    }
    // Sums of weights in another order differ by rounding.
    if (metrics.accuracy() >= most / total - 1e-9) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "the model is worse than always giving the most frequent class '%s' (accuracy %s, not"
            + " %s)%s",
        metrics.classes().get(frequent),
        Numbers.significant(metrics.accuracy()),
        Numbers.significant(most / total),
        ADVICE);
  }
}
