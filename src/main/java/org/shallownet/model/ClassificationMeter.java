package org.shallownet.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gathers {@link ClassificationMetrics} sample by sample. */
final class ClassificationMeter {
  private final List<String> names;
  private final int classes;

  /** Counts by {@code actual × classes + predicted}. */
  private final long[] confusion;

  private final RankingMeter ranking = new RankingMeter();
  private double costSum;

  ClassificationMeter(List<String> names) {
    this.names = names;
    this.classes = names.size();
    this.confusion = new long[Math.multiplyExact(classes, classes)];
  }

  /**
   * Adds a sample.
   *
   * @param actual the index of its class
   * @param predicted the index of the class predicted
   * @param cost {@code -log p}, p the probability given to its class
   * @param score grows with the probability of the second class; matters for two classes only
   */
  void add(int actual, int predicted, double cost, float score) {
    confusion[actual * classes + predicted]++;
    costSum += cost;
    if (classes == 2) {
      ranking.add(score, actual == 1);
    }
  }

  ClassificationMetrics metrics() {
    long samples = Arrays.stream(confusion).sum();
    long hits = 0;
    for (int k = 0; k < classes; k++) {
      hits += count(k, k);
    }
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    int averaged = 0;
    for (int k = classes == 2 ? 1 : 0; k < classes; k++) {
      long right = count(k, k);
      long actual = 0;
      long predicted = 0;
      for (int other = 0; other < classes; other++) {
        actual += count(k, other);
        predicted += count(other, k);
      }
      if (classes > 2 && actual + predicted == 0) {
        continue;
      }
      averaged++;
      precision += ratio(right, predicted);
      recall += ratio(right, actual);
      f1 += ratio(2 * right, actual + predicted);
    }
    return new ClassificationMetrics(
        names,
        rows(),
        (double) hits / samples,
        costSum / samples,
        precision / averaged,
        recall / averaged,
        f1 / averaged,
        classes == 2 ? ranking.area() : Double.NaN);
  }

  private long count(int actual, int predicted) {
    return confusion[actual * classes + predicted];
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private List<List<Long>> rows() {
    List<List<Long>> rows = new ArrayList<>();
    for (int k = 0; k < classes; k++) {
      rows.add(Arrays.stream(confusion, k * classes, (k + 1) * classes).boxed().toList());
    }
    return rows;
  }
}
