package org.shallownet.benchmarks;

import java.util.Objects;
import java.util.stream.IntStream;
import org.shallownet.network.Philox;

/**
 * Features from the normal distribution and classes by a noisy teacher, the same bits on every
 * machine: each row comes from a random stream of its own.
 *
 * <p>The teacher's score of class {@code c} is {@code u_c·x + ((v_c·x)² - 1) + noise / 2} with
 * {@code u_c} and {@code v_c} of length about 1, so that a linear model learns some of it and
 * hidden units more. The class is the one with the largest score; with one output, 1 where the
 * score is positive, else 0.
 */
final class GaussianTable extends Table {
  private static final long TEACHER_SEED = 1;
  private static final long ROWS_SEED = 2;

  /** Each has a linear part u and then a quadratic part v. */
  private final double[][] teachers;

  /**
   * A table.
   *
   * @param classes 1 for a 0/1 target, else the number of classes
   */
  GaussianTable(long rows, int features, int classes) {
    super(rows, features);
    teachers = new double[classes][2 * features];
    for (int c = 0; c < classes; c++) {
      Philox.Stream stream = Philox.stream(TEACHER_SEED, Philox.Purpose.WEIGHTS, c);
      for (int i = 0; i < teachers[c].length; i++) {
        teachers[c][i] = stream.nextNormal() / Math.sqrt(features);
      }
    }
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    Objects.checkFromIndexSize(first, (long) count, rows());
    IntStream.range(0, count)
        .parallel()
        .forEach(i -> targets[i] = row(first + i, features, i * featureColumns()));
  }

  /** Writes a row's features and returns its target. */
  private float row(long row, float[] features, int offset) {
    Philox.Stream stream = Philox.stream(ROWS_SEED, Philox.Purpose.SPLIT, row);
    int columns = featureColumns();
    for (int k = 0; k < columns; k++) {
      features[offset + k] = (float) stream.nextNormal();
    }
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < teachers.length; c++) {
      double linear = 0;
      double quadratic = 0;
      for (int k = 0; k < columns; k++) {
        linear += teachers[c][k] * features[offset + k];
        quadratic += teachers[c][columns + k] * features[offset + k];
      }
      double score = linear + quadratic * quadratic - 1 + stream.nextNormal() / 2;
      if (score > highest) {
        highest = score;
        best = c;
      }
    }
    return teachers.length == 1 ? (highest > 0 ? 1 : 0) : best;
  }
}
