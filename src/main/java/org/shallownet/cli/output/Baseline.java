package org.shallownet.cli.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.data.text.Printable;
import org.shallownet.model.metrics.ClassificationMetrics;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.model.metrics.RegressionMetrics;
import org.shallownet.model.metrics.SeveralMetrics;
import org.shallownet.training.ensemble.CrossValidation;

/** Whether a model is worse than an answer that does not look at the features. */
public final class Baseline {
  /** Of more targets the others are counted. */
  private static final int MOST_NAMED = 5;

  /** Sums of weights in another order differ by rounding. */
  private static final double ROUNDING = 1e-9;

  private Baseline() {}

  /** What to try if a model is worse. */
  public enum Advice {
    /** Where it has just been trained. */
    OF_TRAINING("check the target and the columns (--features, --ignore), or give more rows"),

    /** Where it is there already, and the rows are others. */
    OF_EVALUATION(
        "check that the target (--target) and the columns hold what they held in training");

    private final String text;

    Advice(String text) {
      this.text = text;
    }
  }

  /**
   * An answer that is better than the model's.
   *
   * @param answer what is always said
   * @param proof the metric that shows it
   */
  private record Guess(String answer, String proof) {
    String text() {
      return answer + " (" + proof + ")";
    }

    String of(String target) {
      return answer + " of " + Printable.quoted(target) + " (" + proof + ")";
    }
  }

  /**
   * Warns if always giving the most frequent class, or the mean, would be better.
   *
   * @param judged how the model does, on rows that it has not learned from if there are any
   */
  public static void warn(Terminal terminal, Metrics judged, Advice advice) {
    warn(terminal, sentence(judged, advice));
  }

  /**
   * The same for trainings that each left out a fold. What counts is all rows together: of the few
   * of one fold r2 says little.
   *
   * @param judged all rows
   * @param parts how each model does on the fold that it has not learned from
   */
  public static void warn(Terminal terminal, Dataset judged, List<CrossValidation.Part> parts) {
    SampleWeights weights = judged.weights();
    List<Fold> folds = new ArrayList<>();
    for (CrossValidation.Part part : parts) {
      double weight = 0;
      for (long place = 0; place < part.rows().size(); place++) {
        weight += weights == null ? 1 : weights.get(part.rows().get(place));
      }
      folds.add(new Fold(part.metrics(), weight));
    }
    warn(terminal, sentence(judged, folds));
  }

  /**
   * How a model does on a fold.
   *
   * @param weight of its rows together
   */
  record Fold(Metrics metrics, double weight) {}

  private static void warn(Terminal terminal, @Nullable String sentence) {
    if (sentence != null) {
      terminal.warn(sentence);
    }
  }

  /** What there is to warn of; null for nothing. */
  static @Nullable String sentence(Metrics judged, Advice advice) {
    List<String> better = new ArrayList<>();
    if (judged instanceof SeveralMetrics several) {
      for (int k = 0; k < several.targets().size(); k++) {
        Guess guess = guess(several.each().get(k));
        if (guess != null) {
          better.add(guess.of(several.targets().get(k)));
        }
      }
    } else {
      Guess guess = guess(judged);
      if (guess != null) {
        better.add(guess.text());
      }
    }
    return sentence(better, advice);
  }

  /** The same for folds. */
  static @Nullable String sentence(Dataset judged, List<Fold> folds) {
    List<String> better = new ArrayList<>();
    if (judged.target() instanceof Target.Several several) {
      for (int k = 0; k < several.columns().size(); k++) {
        Guess guess = guess(several.columns().get(k), judged.weights(), ofTarget(k, folds));
        if (guess != null) {
          better.add(guess.of(judged.targetNames().get(k)));
        }
      }
    } else {
      Guess guess = guess(judged.target(), judged.weights(), folds);
      if (guess != null) {
        better.add(guess.text());
      }
    }
    return sentence(better, Advice.OF_TRAINING);
  }

  private static @Nullable String sentence(List<String> better, Advice advice) {
    if (better.isEmpty()) {
      return null;
    }
    int left = better.size() - MOST_NAMED;
    return "the model is worse than always giving "
        + String.join(", ", better.subList(0, Math.min(MOST_NAMED, better.size())))
        + (left > 0 ? " and " + left + " more" : "")
        + "; "
        + advice.text;
  }

  private static List<Fold> ofTarget(int target, List<Fold> folds) {
    return folds.stream()
        .map(fold -> new Fold(((SeveralMetrics) fold.metrics()).each().get(target), fold.weight()))
        .toList();
  }

  private static @Nullable Guess guess(Metrics judged) {
    if (judged instanceof ClassificationMetrics classes) {
      return mostFrequent(List.of(classes));
    }
    return judged instanceof RegressionMetrics numbers ? mean(numbers.r2()) : null;
  }

  private static @Nullable Guess guess(
      Target target, @Nullable SampleWeights weights, List<Fold> folds) {
    if (target instanceof Target.Numbers numbers) {
      double variance = variance(numbers, weights);
      double squares = 0;
      double total = 0;
      for (Fold fold : folds) {
        double rmse = ((RegressionMetrics) fold.metrics()).rmse();
        // Where no row counts there is no error.
        squares += fold.weight() == 0 ? 0 : fold.weight() * rmse * rmse;
        total += fold.weight();
      }
      double error = squares / total;
      return variance > 0 ? mean(1 - error / variance) : null;
    }
    return mostFrequent(
        folds.stream().map(fold -> (ClassificationMetrics) fold.metrics()).toList());
  }

  private static @Nullable Guess mean(double r2) {
    return r2 < -ROUNDING ? new Guess("the mean", "r2 " + Numbers.significant(r2)) : null;
  }

  private static @Nullable Guess mostFrequent(List<ClassificationMetrics> parts) {
    List<String> classes = parts.get(0).classes();
    double[] ofClass = new double[classes.size()];
    double right = 0;
    for (ClassificationMetrics part : parts) {
      List<List<Double>> confusion = part.weightedConfusion();
      for (int k = 0; k < ofClass.length; k++) {
        ofClass[k] += confusion.get(k).stream().mapToDouble(Double::doubleValue).sum();
        right += confusion.get(k).get(k);
      }
    }
    int frequent = 0;
    for (int k = 1; k < ofClass.length; k++) {
      if (ofClass[k] > ofClass[frequent]) {
        frequent = k;
      }
    }
    double total = Arrays.stream(ofClass).sum();
    double accuracy = right / total;
    double share = ofClass[frequent] / total;
    // Where all rows are of one class nothing is better than to name it.
    if (share == 1 || accuracy >= share - ROUNDING) {
      return null;
    }
    return new Guess(
        "the most frequent class " + Printable.quoted(classes.get(frequent)),
        "accuracy " + Numbers.significant(accuracy) + ", not " + Numbers.significant(share));
  }

  /** The mean squared deviation from the mean, weighted if the rows are. */
  private static double variance(Target.Numbers numbers, @Nullable SampleWeights weights) {
    double total = 0;
    double sum = 0;
    for (long row = 0; row < numbers.rows(); row++) {
      double weight = weights == null ? 1 : weights.get(row);
      total += weight;
      sum += weight * numbers.value(row);
    }
    double mean = sum / total;
    double squares = 0;
    for (long row = 0; row < numbers.rows(); row++) {
      double weight = weights == null ? 1 : weights.get(row);
      double deviation = numbers.value(row) - mean;
      squares += weight * deviation * deviation;
    }
    return squares / total;
  }
}
