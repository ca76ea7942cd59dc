package org.shallownet.model.scoring;

import java.util.LinkedHashMap;
import java.util.Map;
import org.shallownet.data.Task;

/** Makes predictions by name of numbers by position. */
public final class Named {
  private Named() {}

  /**
   * What a model says about a row.
   *
   * @param values a probability for each class, of several yes/no targets that of yes for each, or
   *     the predicted numbers in the targets' units
   */
  public static Prediction prediction(ScoredModel model, double[] values) {
    if (model.task() == Task.REGRESSION) {
      return numbers(model, values);
    }
    return model.task() == Task.MULTILABEL ? answers(model, values) : ofClass(model, values);
  }

  private static Prediction numbers(ScoredModel model, double[] numbers) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int k = 0; k < numbers.length; k++) {
      values.put(model.targets().get(k), numbers[k]);
    }
    return new Prediction.OfNumbers(values);
  }

  private static Prediction answers(ScoredModel model, double[] yes) {
    Map<String, String> labels = new LinkedHashMap<>();
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int k = 0; k < yes.length; k++) {
      String name = model.targets().get(k);
      labels.put(name, model.classes().get(2 * k + (yes[k] > 0.5 ? 1 : 0)));
      probabilities.put(name, yes[k]);
    }
    return new Prediction.OfAnswers(labels, probabilities);
  }

  private static Prediction ofClass(ScoredModel model, double[] row) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    int best = 0;
    for (int k = 0; k < row.length; k++) {
      probabilities.put(model.classes().get(k), row[k]);
      best = row[k] > row[best] ? k : best;
    }
    return new Prediction.OfClass(model.classes().get(best), probabilities);
  }
}
