package org.shallownet.model.metrics;

import java.util.Arrays;

/**
 * Gathers scores of two classes for the area under the ROC curve, exactly, by the rank-sum
 * statistic of Mann and Whitney (1947): the fraction of pairs of a positive and a negative sample
 * in which the positive one has the higher score, equal scores counting half. A pair of weighted
 * samples counts as much as the product of their weights.
 */
public final class RankingMeter {
  private final Scores positives;
  private final Scores negatives;
  private boolean unordered;

  /**
   * Without scores yet.
   *
   * @param weighted whether weights may be other than 1
   */
  public RankingMeter(boolean weighted) {
    positives = new Scores(weighted);
    negatives = new Scores(weighted);
  }

  /**
   * Adds a sample.
   *
   * @param weight how much it counts; one of weight 0 is as good as not there
   */
  public void add(float score, boolean positive, float weight) {
    if (weight > 0) {
      unordered |= Float.isNaN(score);
      (positive ? positives : negatives).add(score, weight);
    }
  }

  /** The area; not-a-number if one class has no samples or a score is not a number. */
  public double area() {
    positives.sort();
    negatives.sort();
    if (unordered || positives.size == 0 || negatives.size == 0) {
      return Double.NaN;
    }
    double wins = 0;
    double below = 0; // the weights of negatives with a lower score
    int n = 0;
    int p = 0;
    while (p < positives.size) {
      float score = positives.score(p);
      double tied = 0;
      for (; p < positives.size && positives.score(p) == score; p++) {
        tied += positives.weight(p);
      }
      for (; n < negatives.size && negatives.score(n) < score; n++) {
        below += negatives.weight(n);
      }
      double equal = 0;
      for (int i = n; i < negatives.size && negatives.score(i) == score; i++) {
        equal += negatives.weight(i);
      }
      wins += tied * (below + 0.5 * equal);
    }
    return wins / positives.total() / negatives.total();
  }

  /** A list of scores that grows, with their weights unless these are all 1. */
  private static final class Scores {
    private final boolean weighted;
    private float[] values = new float[256];
    private float[] weights;
    private int size;

    private Scores(boolean weighted) {
      this.weighted = weighted;
      weights = new float[weighted ? values.length : 0];
    }

    void add(float value, float weight) {
      if (size == values.length) {
        int length = (int) Math.min(2L * size, Integer.MAX_VALUE - 8);
        values = Arrays.copyOf(values, length);
        weights = weighted ? Arrays.copyOf(weights, length) : weights;
      }
      // -0 is 0.
      values[size] = value + 0f;
      if (weighted) {
        weights[size] = weight;
      }
      size++;
    }

    void sort() {
      if (!weighted) {
        Arrays.sort(values, 0, size);
        return;
      }
      // Score and weight in one number, whose order is the score's.
      long[] pairs = new long[size];
      for (int i = 0; i < size; i++) {
        int bits = Float.floatToRawIntBits(values[i]);
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        pairs[i] = ((long) ordered << 32) | Float.floatToRawIntBits(weights[i]);
      }
      Arrays.sort(pairs);
      for (int i = 0; i < size; i++) {
        int ordered = (int) (pairs[i] >> 32);
        values[i] = Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
        weights[i] = Float.intBitsToFloat((int) pairs[i]);
      }
    }

    float score(int i) {
      return values[i];
    }

    double weight(int i) {
      return weighted ? weights[i] : 1;
    }

    double total() {
      double sum = 0;
      for (int i = 0; i < size; i++) {
        sum += weight(i);
      }
      return sum;
    }
  }
}
