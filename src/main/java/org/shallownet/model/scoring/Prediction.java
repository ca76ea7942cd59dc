package org.shallownet.model.scoring;

import static java.util.stream.Collectors.joining;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a model says about one row, by names. */
public sealed interface Prediction {
  /**
   * The class of a row.
   *
   * @param label the most probable class, the first of equals
   * @param probabilities that of each class, in the model's order
   */
  record OfClass(String label, Map<String, Double> probabilities) implements Prediction {
    /** Copies the map. */
    public OfClass {
      probabilities = ordered(probabilities);
    }

    /** The label, and how probable each class is: {@code yes (no 0.0312, yes 0.9688)}. */
    @Override
    public String toString() {
      return label
          + probabilities.entrySet().stream()
              .map(each -> each.getKey() + " " + shortened(each.getValue()))
              .collect(joining(", ", " (", ")"));
    }
  }

  /**
   * The answers to several yes/no questions about a row.
   *
   * @param labels the answer by the target's name, in the model's order
   * @param probabilities how probable yes is, by the target's name
   */
  record OfAnswers(Map<String, String> labels, Map<String, Double> probabilities)
      implements Prediction {
    /** Copies the maps. */
    public OfAnswers {
      labels = ordered(labels);
      probabilities = ordered(probabilities);
    }

    /** Each answer, and how probable yes is: {@code late = yes (0.9688), lost = no (0.0312)}. */
    @Override
    public String toString() {
      return labels.entrySet().stream()
          .map(
              each ->
                  each.getKey()
                      + " = "
                      + each.getValue()
                      + " ("
                      + shortened(probabilities.getOrDefault(each.getKey(), Double.NaN))
                      + ")")
          .collect(joining(", "));
    }
  }

  /**
   * The numbers predicted for a row.
   *
   * @param values in the targets' units, by the target's name, in the model's order
   */
  record OfNumbers(Map<String, Double> values) implements Prediction {
    /** Copies the map. */
    public OfNumbers {
      values = ordered(values);
    }

    /** The numbers: {@code price = 12.5}. */
    @Override
    public String toString() {
      return values.entrySet().stream()
          .map(each -> each.getKey() + " = " + each.getValue())
          .collect(joining(", "));
    }
  }

  private static <T> Map<String, T> ordered(Map<String, T> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  private static String shortened(double probability) {
    return String.format(Locale.ROOT, "%.4f", probability);
  }
}
