package org.shallownet.model.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Gathers {@link ClassificationMetrics} sample by sample. */
public final class ClassificationMeter {
  private final List<String> names;
  private final int classes;

  /** Counts by {@code actual × classes + predicted}. */
  private final long[] counts;

  /** The weights of those that were counted. */
  private final double[] weights;

  private final RankingMeter ranking;
  private double costSum;

  /**
   * Without samples yet.
   *
   * @param weighted whether weights may be other than 1
   */
  public ClassificationMeter(List<String> names, boolean weighted) {
    this.names = names;
    this.classes = names.size();
    this.counts = new long[Math.multiplyExact(classes, classes)];
    this.weights = new double[counts.length];
    this.ranking = new RankingMeter(weighted);
  }

  /**
   * Adds a sample.
   *
   * @param actual the index of its class
   * @param predicted the index of the class predicted
   * @param cost {@code -log p}, p the probability given to its class
   * @param score grows with the probability of the second class; matters for two classes only
   * @param weight how much it counts
   */
  public void add(int actual, int predicted, double cost, float score, float weight) {
    counts[actual * classes + predicted]++;
    weights[actual * classes + predicted] += weight;
    // What counts nothing costs nothing, though its cost be infinite.
    costSum += weight == 0 ? 0 : weight * cost;
    if (classes == 2) {
      ranking.add(score, actual == 1, weight);
    }
  }

  public ClassificationMetrics metrics() {
    double total = 0;
    double hits = 0;
    for (int k = 0; k < classes; k++) {
      hits += weight(k, k);
      for (int other = 0; other < classes; other++) {
        total += weight(k, other);
      }
    }
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    int averaged = 0;
    for (int k = classes == 2 ? 1 : 0; k < classes; k++) {
      double right = weight(k, k);
      double actual = 0;
      double predicted = 0;
      for (int other = 0; other < classes; other++) {
        actual += weight(k, other);
        predicted += weight(other, k);
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
        rows(k -> Arrays.stream(counts, k * classes, (k + 1) * classes).boxed().toList()),
        rows(k -> Arrays.stream(weights, k * classes, (k + 1) * classes).boxed().toList()),
        hits / total,
        costSum / total,
        precision / averaged,
        recall / averaged,
        f1 / averaged,
        classes == 2 ? ranking.area() : Double.NaN);
  }

  private double weight(int actual, int predicted) {
    return weights[actual * classes + predicted];
  }

  private static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }

  private <T> List<List<T>> rows(IntFunction<List<T>> row) {
    return IntStream.range(0, classes).mapToObj(row).toList();
  }
}
