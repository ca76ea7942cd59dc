package org.shallownet.cli.report.judged;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often rows of one class are predicted to be of another. Only pairs of classes that occur are
 * kept, since of many classes most pairs never do.
 */
public final class ConfusedClasses {
  private final int classes;
  private final double[] ofClass;
  private final Map<Long, Double> ofPair = new TreeMap<>();

  private ConfusedClasses(int classes) {
    this.classes = classes;
    this.ofClass = new double[classes];
  }

  /**
   * Rows of a class that are predicted to be of another one.
   *
   * @param weight the sum of their weights; without weights how many they are
   * @param share of the class's rows the share that they are
   */
  public record Pair(int actual, int predicted, double weight, double share) {}

  /** Counts rows, or sums up their weights. */
  public static ConfusedClasses of(ClassAnswers answers) {
    ConfusedClasses confused = new ConfusedClasses(answers.classes().size());
    for (int row = 0; row < answers.rows(); row++) {
      double weight = answers.weight(row);
      confused.ofClass[answers.actual(row)] += weight;
      confused.ofPair.merge(
          confused.pair(answers.actual(row), answers.predicted(row)), weight, Double::sum);
    }
    return confused;
  }

  private long pair(int actual, int predicted) {
    return (long) actual * classes + predicted;
  }

  /** The sum of the weights of the rows of a class that are predicted to be of a class. */
  public double weight(int actual, int predicted) {
    return ofPair.getOrDefault(pair(actual, predicted), 0.0);
  }

  /**
   * The pairs of different classes that occur, the most frequent first, equals by their classes.
   */
  public List<Pair> mistakes() {
    List<Pair> pairs = new ArrayList<>();
    ofPair.forEach(
        (pair, weight) -> {
          int actual = (int) (pair / classes);
          int predicted = (int) (pair % classes);
          if (actual != predicted) {
            pairs.add(new Pair(actual, predicted, weight, weight / ofClass[actual]));
          }
        });
    pairs.sort(Comparator.comparingDouble(Pair::weight).reversed());
    return pairs;
  }
}
