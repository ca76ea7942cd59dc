package org.shallownet.model;

import java.util.Arrays;

/**
 * Gathers scores of two classes for the area under the ROC curve, exactly, by the rank-sum
 * statistic of Mann and Whitney (1947): the fraction of pairs of a positive and a negative sample
 * in which the positive one has the higher score, equal scores counting half.
 */
final class RankingMeter {
  private final Scores positives = new Scores();
  private final Scores negatives = new Scores();
  private boolean unordered;

  void add(float score, boolean positive) {
    unordered |= Float.isNaN(score);
    (positive ? positives : negatives).add(score);
  }

  /** The area; not-a-number if one class has no samples or a score is not a number. */
  double area() {
    float[] positive = positives.sorted();
    float[] negative = negatives.sorted();
    if (unordered || positive.length == 0 || negative.length == 0) {
      return Double.NaN;
    }
    double wins = 0;
    int below = 0; // negatives with a lower score
    int p = 0;
    while (p < positive.length) {
      float score = positive[p];
      int end = p;
      while (end < positive.length && positive[end] == score) {
        end++;
      }
      while (below < negative.length && negative[below] < score) {
        below++;
      }
      int equal = below;
      while (equal < negative.length && negative[equal] == score) {
        equal++;
      }
      wins += (double) (end - p) * (below + 0.5 * (equal - below));
      p = end;
    }
    return wins / positive.length / negative.length;
  }

  /** A list of floats that grows. */
  private static final class Scores {
    private float[] values = new float[256];
    private int size;

    void add(float value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, (int) Math.min(2L * size, Integer.MAX_VALUE - 8));
      }
      values[size++] = value;
    }

    float[] sorted() {
      float[] copy = Arrays.copyOf(values, size);
      Arrays.sort(copy);
      return copy;
    }
  }
}
