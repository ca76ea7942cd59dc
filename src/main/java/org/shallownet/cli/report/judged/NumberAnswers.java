package org.shallownet.cli.report.judged;

import java.util.Arrays;

/** The numbers that were predicted for rows whose number is known, in the target's units. */
public final class NumberAnswers {
  private final String target;
  private double[] actual = new double[256];
  private double[] predicted = new double[256];
  private int rows;

  /** Without rows yet. */
  NumberAnswers(String target) {
    this.target = target;
  }

  /** Adds a row. */
  void add(double known, double answer) {
    if (rows == actual.length) {
      actual = Arrays.copyOf(actual, 2 * rows);
      predicted = Arrays.copyOf(predicted, 2 * rows);
    }
    actual[rows] = known;
    predicted[rows] = answer;
    rows++;
  }

  /** The name of the target's column. */
  public String target() {
    return target;
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** A row's number. */
  public double actual(int row) {
    return actual[row];
  }

  /** What was predicted for a row. */
  public double predicted(int row) {
    return predicted[row];
  }
}
