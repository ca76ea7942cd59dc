package org.shallownet.cli.report.judged;

import java.util.Arrays;
import java.util.List;

/** The probabilities that were given to the classes of rows whose class is known. */
public final class ClassAnswers {
  private final String target;
  private final List<String> classes;
  private int[] actual = new int[256];
  private float[] weights = new float[256];
  private float[] probabilities;
  private int rows;

  /** Without rows yet. */
  ClassAnswers(String target, List<String> classes) {
    this.target = target;
    this.classes = List.copyOf(classes);
    this.probabilities = new float[256 * classes.size()];
  }

  /** Adds a row with a probability for each class. */
  void add(int actualClass, float weight, float... given) {
    int width = classes.size();
    if (rows == actual.length) {
      actual = Arrays.copyOf(actual, 2 * rows);
      weights = Arrays.copyOf(weights, 2 * rows);
      probabilities = Arrays.copyOf(probabilities, 2 * rows * width);
    }
    actual[rows] = actualClass;
    weights[rows] = weight;
    System.arraycopy(given, 0, probabilities, rows * width, width);
    rows++;
  }

  /** The name of the target's column. */
  public String target() {
    return target;
  }

  /** The classes' names; of two the second is the positive one. */
  public List<String> classes() {
    return classes;
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** The index of a row's class. */
  public int actual(int row) {
    return actual[row];
  }

  /** The index of the class that got the most, the first of equals. */
  public int predicted(int row) {
    int best = 0;
    for (int k = 1; k < classes.size(); k++) {
      if (probability(row, k) > probability(row, best)) {
        best = k;
      }
    }
    return best;
  }

  /** What was given to a class. */
  public float probability(int row, int k) {
    return probabilities[row * classes.size() + k];
  }

  /** How much a row counts. */
  public float weight(int row) {
    return weights[row];
  }
}
