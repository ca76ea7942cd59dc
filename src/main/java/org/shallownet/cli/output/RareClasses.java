package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;

/** How much is found of classes that few rows are of, which accuracy does not show. */
public final class RareClasses {
  /** A class of fewer rows than this part is rare. */
  private static final double RARE = 0.05;

  private static final int MOST_TOLD = 3;

  private RareClasses() {}

  /**
   * A sentence for each rare class, at most a few.
   *
   * @param judged how the model does on some data
   * @param where which rows these are, such as {@code of the dev set}
   */
  public static List<String> sentences(Metrics judged, String where) {
    List<String> sentences = new ArrayList<>();
    if (!(judged instanceof ClassificationMetrics metrics)) {
      return sentences;
    }
    long rows = metrics.rows();
    for (int k = 0; k < metrics.classes().size() && sentences.size() < MOST_TOLD; k++) {
      List<Long> actual = metrics.confusion().get(k);
      long ofClass = actual.stream().mapToLong(Long::longValue).sum();
      if (ofClass > 0 && ofClass < RARE * rows) {
        sentences.add(
            String.format(
                Locale.ROOT,
                "Class '%s' is rare: %d of %d rows %s, of which %d %s found;"
                    + " --class-weights balanced makes it count more",
                metrics.classes().get(k),
                ofClass,
                rows,
                where,
                actual.get(k),
                actual.get(k) == 1 ? "is" : "are"));
      }
    }
    return sentences;
  }
}
