package org.shallownet.backend.cpu.primitives;

import java.util.Arrays;
import org.shallownet.backend.device.SampleWeightCheck;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** The output functions, their costs and derivatives, row by row and in double precision. */
public final class Outputs {
  /**
   * So many factors from 1 to 2 make a product that doesn't overflow. Its logarithm costs no more
   * than one factor's, and is the sum of theirs to 10⁻¹⁶ for each.
   */
  private static final int FACTORS = 512;

  /**
   * Below this, {@code log(1 + e)} is e but for 2⁻²⁷ of it, while the sum 1 + e would round away
   * more of e than that.
   */
  private static final double SMALL = 0x1p-26;

  private Outputs() {}

  /** What rows add to a tally; of rows without weights the weight is left to the caller. */
  public static final class Sum {
    public double cost;
    public double hits;
    public double weight;
    private double[] exponentials = {};

    public void clear() {
      cost = 0;
      hits = 0;
      weight = 0;
    }

    /** Room for a row's. */
    private double[] exponentials(int columns) {
      if (exponentials.length < columns) {
        exponentials = new double[columns];
      }
      return exponentials;
    }
  }

  /** {@code delta = scale (a - y)} for some rows; their costs and hits go to {@code sum}. */
  public static void delta(
      Output output,
      int rows,
      int columns,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum) {
    switch (output) {
      case SIGMOID_CROSS_ENTROPY ->
          sigmoid(rows, columns, z, fromZ, y, fromY, scale, delta, from, sum);
      case SOFTMAX_CROSS_ENTROPY ->
          softmax(rows, columns, z, fromZ, y, fromY, scale, delta, from, sum);
      case IDENTITY_SQUARED_ERROR ->
          identity(rows * columns, z, fromZ, y, fromY, scale, delta, from, sum);
      case EXPONENTIAL_POISSON ->
          exponential(rows * columns, z, fromZ, y, fromY, scale, delta, from, sum);
    }
  }

  /**
   * {@code delta = scale w (a - y)} for some rows; their costs, hits and weights w, multiplied by
   * these, go to {@code sum}.
   *
   * @param y targets, each row with its weight behind
   * @param one clear, and left as it may be: what a row adds
   */
  public static void weightedDelta(
      Output output,
      int rows,
      int columns,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum,
      Sum one) {
    int targets = output.targetColumns(columns);
    for (int row = 0; row < rows; row++) {
      int atY = fromY + row * (targets + 1);
      double weight = y[atY + targets];
      if (weight == 0) {
        // What it costs may be infinite, and nothing of it counts.
        Arrays.fill(delta, from + row * columns, from + (row + 1) * columns, 0);
        continue;
      }
      one.clear();
      delta(
          output,
          1,
          columns,
          z,
          fromZ + row * columns,
          y,
          atY,
          scale * weight,
          delta,
          from + row * columns,
          one);
      sum.cost += weight * one.cost;
      sum.hits += weight * one.hits;
      sum.weight += weight;
    }
  }

  private static void sigmoid(
      int rows,
      int columns,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum) {
    double cost = 0;
    double product = 1;
    long hits = 0;
    int i = 0;
    for (int row = 0; row < rows; row++) {
      boolean right = true;
      for (int column = 0; column < columns; column++, i++) {
        double logit = z[fromZ + i];
        double target = y[fromY + i];
        // With e = e^-|z| nothing overflows: a = 1 / (1 + e) or e / (1 + e), and
        // -(y log a + (1 - y) log(1 - a)) = max(z, 0) - z y + log(1 + e).
        double e = Math.exp(-Math.abs(logit));
        double a = (logit >= 0 ? 1 : e) / (1 + e);
        cost += Math.max(logit, 0) - logit * target;
        if (e < SMALL) {
          cost += e;
        } else {
          product *= 1 + e;
        }
        if (i % FACTORS == FACTORS - 1) {
          cost += Math.log(product);
          product = 1;
        }
        right &= (logit > 0) == (target == 1);
        delta[from + i] = (float) (scale * (a - target));
      }
      hits += right ? 1 : 0;
    }
    sum.cost += cost + Math.log(product);
    sum.hits += hits;
  }

  private static void softmax(
      int rows,
      int columns,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum) {
    double[] exponentials = sum.exponentials(columns);
    double cost = 0;
    long hits = 0;
    for (int row = 0; row < rows; row++) {
      int first = fromZ + row * columns;
      int target = (int) y[fromY + row];
      int largest = largest(z, first, columns);
      double max = z[first + largest];
      double total = exponentials(z, first, columns, max, exponentials);
      cost += Math.log(total) + (max - z[first + target]);
      hits += largest == target ? 1 : 0;
      for (int column = 0; column < columns; column++) {
        double a = exponentials[column] / total;
        delta[from + row * columns + column] = (float) (scale * (a - (column == target ? 1 : 0)));
      }
    }
    sum.cost += cost;
    sum.hits += hits;
  }

  private static void identity(
      int count,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum) {
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double difference = (double) z[fromZ + i] - y[fromY + i];
      squares += difference * difference;
      delta[from + i] = (float) (scale * difference);
    }
    sum.cost += squares / 2;
  }

  private static void exponential(
      int count,
      float[] z,
      int fromZ,
      float[] y,
      int fromY,
      double scale,
      float[] delta,
      int from,
      Sum sum) {
    double cost = 0;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double logit = z[fromZ + i];
      double target = y[fromY + i];
      double a = Math.exp(logit);
      cost += a - target * logit;
      squares += (a - target) * (a - target);
      delta[from + i] = (float) (scale * (a - target));
    }
    sum.cost += cost;
    sum.hits += squares / 2;
  }

  /** {@code probabilities = a} for some rows. */
  static void probabilities(
      Output output, int rows, int columns, float[] z, int fromZ, float[] probabilities, int from) {
    switch (output) {
      case SIGMOID_CROSS_ENTROPY -> {
        for (int i = 0; i < rows * columns; i++) {
          probabilities[from + i] = CpuMath.sigmoid(z[fromZ + i]);
        }
      }
      case SOFTMAX_CROSS_ENTROPY -> {
        double[] exponentials = new double[columns];
        for (int row = 0; row < rows; row++) {
          int first = fromZ + row * columns;
          double max = z[first + largest(z, first, columns)];
          double total = exponentials(z, first, columns, max, exponentials);
          for (int column = 0; column < columns; column++) {
            probabilities[from + row * columns + column] = (float) (exponentials[column] / total);
          }
        }
      }
      case IDENTITY_SQUARED_ERROR ->
          System.arraycopy(z, fromZ, probabilities, from, rows * columns);
      case EXPONENTIAL_POISSON -> {
        for (int i = 0; i < rows * columns; i++) {
          probabilities[from + i] = (float) Math.exp(z[fromZ + i]);
        }
      }
    }
  }

  /** Checks that the targets of a softmax are numbers of classes, and that weights are such. */
  public static void checkTargets(String operation, CpuMatrix y, NetworkSpec spec) {
    Output output = spec.output();
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      checkClasses(operation, y, spec.outputs());
    }
    if (y.columns() > output.targetColumns(spec.outputs())) {
      checkWeights(operation, y);
    }
  }

  /** Checks that the last column is weights. */
  public static void checkWeights(String operation, CpuMatrix y) {
    ArrayRanges.rows(
        0,
        y.rows(),
        (arrays, at, rows) ->
            SampleWeightCheck.check(operation, arrays[0], at[0], rows, y.columns()),
        y);
  }

  /** Checks that the first column is numbers of classes, from 0 to {@code classes - 1}. */
  public static void checkClasses(String operation, CpuMatrix y, int classes) {
    ArrayRanges.rows(
        0,
        y.rows(),
        (arrays, at, rows) -> {
          int bad = firstBadClass(arrays[0], at[0], rows, y.columns(), classes);
          if (bad >= 0) {
            throw new IllegalArgumentException(
                operation
                    + ": a target is "
                    + arrays[0][bad]
                    + ", not one of the classes 0 to "
                    + (classes - 1));
          }
        },
        y);
  }

  /**
   * Where the first of these targets is that is not a class number below {@code classes}, or -1.
   */
  private static int firstBadClass(float[] y, int from, int rows, int columns, int classes) {
    for (int row = 0, at = from; row < rows; row++, at += columns) {
      float value = y[at];
      if (!(value >= 0 && value < classes && value == (int) value)) {
        return at;
      }
    }
    return -1;
  }

  private static int largest(float[] z, int first, int columns) {
    int largest = 0;
    for (int column = 1; column < columns; column++) {
      if (z[first + column] > z[first + largest]) {
        largest = column;
      }
    }
    return largest;
  }

  /** {@code e^(z - max)} for each column; returns their sum. */
  private static double exponentials(
      float[] z, int first, int columns, double max, double[] exponentials) {
    double total = 0;
    for (int column = 0; column < columns; column++) {
      exponentials[column] = Math.exp(z[first + column] - max);
      total += exponentials[column];
    }
    return total;
  }
}
