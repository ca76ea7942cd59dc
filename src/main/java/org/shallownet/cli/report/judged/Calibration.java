package org.shallownet.cli.report.judged;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether things to which a probability is given happen as often as it says: rows are put together
 * by their probability into ten intervals of equal width. Of two classes it is the positive one's
 * probability; of more that of the class that is predicted, and what happens is that the prediction
 * is right: Guo and others, "On calibration of modern neural networks", ICML 2017.
 *
 * @param bins the intervals that hold rows
 * @param error the expected calibration error: the mean over the rows of the difference between
 *     probability and frequency of their interval
 */
public record Calibration(List<Bin> bins, double error) {
  private static final int BINS = 10;

  /** The quantile of the normal distribution for an interval of 95 %. */
  private static final double Z = 1.959964;

  /** Copies the list. */
  public Calibration {
    bins = List.copyOf(bins);
  }

  /**
   * The rows of an interval.
   *
   * @param rows how many they are
   * @param probability their mean probability
   * @param frequency the share of them for which it happened
   * @param low where the interval of 95 % for the frequency begins, by Wilson, "Probable inference,
   *     the law of succession, and statistical inference", JASA 22 (1927)
   * @param high where it ends
   */
  public record Bin(long rows, double probability, double frequency, double low, double high) {}

  /** That of these answers. */
  public static Calibration of(ClassAnswers answers) {
    long[] rows = new long[BINS];
    double[] weights = new double[BINS];
    double[] given = new double[BINS];
    double[] happened = new double[BINS];
    boolean two = answers.classes().size() == 2;
    double all = 0;
    for (int row = 0; row < answers.rows(); row++) {
      int k = two ? 1 : answers.predicted(row);
      double probability = answers.probability(row, k);
      int bin = Math.min(BINS - 1, (int) (probability * BINS));
      float weight = answers.weight(row);
      rows[bin]++;
      weights[bin] += weight;
      given[bin] += weight * probability;
      happened[bin] += answers.actual(row) == k ? weight : 0;
      all += weight;
    }
    List<Bin> bins = new ArrayList<>();
    double error = 0;
    for (int i = 0; i < BINS; i++) {
      if (rows[i] > 0) {
        bins.add(bin(rows[i], given[i] / weights[i], happened[i] / weights[i]));
        error += Math.abs(given[i] - happened[i]) / all;
      }
    }
    return new Calibration(bins, error);
  }

  private static Bin bin(long rows, double probability, double p) {
    double spread = Z * Z / rows;
    double middle = (p + spread / 2) / (1 + spread);
    double half = Math.sqrt(p * (1 - p) * spread + spread * spread / 4) / (1 + spread);
    return new Bin(rows, probability, p, Math.max(0, middle - half), Math.min(1, middle + half));
  }
}
