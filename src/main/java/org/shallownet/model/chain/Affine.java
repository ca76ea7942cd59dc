package org.shallownet.model.chain;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.text.Printable;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;

/** A step {@code x × factor + shift}, each unit for itself, in double. */
final class Affine {
  /** What changes nothing. */
  static final Affine UNCHANGED = scalar(1, 0);

  private final double[] factor;
  private final double[] shift;
  private final @Nullable Samples samples;

  /**
   * A step.
   *
   * @param factor one number for all units, or one for each
   * @param shift as many numbers
   * @param samples which dimension counts the samples if there is a number for each unit; null if
   *     one is for all
   */
  Affine(double[] factor, double[] shift, @Nullable Samples samples) {
    this.factor = factor;
    this.shift = shift;
    this.samples = samples;
  }

  /** The same step for all units. */
  static Affine scalar(double factor, double shift) {
    return new Affine(new double[] {factor}, new double[] {shift}, null);
  }

  /** Which dimension of a value counts the samples. */
  enum Samples {
    ROWS,
    COLUMNS
  }

  /** A constant that meets a table element by element. */
  static final class Constant {
    private final double[] values;
    private final @Nullable Samples samples;

    private Constant(double[] values, @Nullable Samples samples) {
      this.values = values;
      this.samples = samples;
    }

    static Constant of(OnnxNode node, OnnxTensor tensor) {
      double[] values = ChainConstants.reals(node, tensor);
      List<Long> shape = tensor.dimensions();
      boolean row = shape.size() == 1 || (shape.size() == 2 && shape.get(0) == 1);
      boolean column = shape.size() == 2 && shape.get(1) == 1;
      if (values.length == 1 && shape.size() <= 2) {
        return new Constant(values, null);
      } else if (!row && !column) {
        throw node.refused(
            "has a constant "
                + Printable.quoted(tensor.name())
                + " of shape "
                + shape
                + "; only single numbers and one number per unit are supported");
      }
      return new Constant(values, row ? Samples.ROWS : Samples.COLUMNS);
    }

    /** The number if there is only one. */
    @Nullable Double single() {
      return values.length == 1 ? values[0] : null;
    }

    /** This constant added. */
    Affine plus(double sign) {
      double[] ones = new double[values.length];
      Arrays.fill(ones, 1);
      double[] shift = values.clone();
      for (int i = 0; i < shift.length; i++) {
        shift[i] *= sign;
      }
      return new Affine(ones, shift, samples);
    }

    /** What is subtracted from this constant. */
    Affine minuend() {
      double[] minus = new double[values.length];
      Arrays.fill(minus, -1);
      return new Affine(minus, values, samples);
    }

    /** This constant as a factor. */
    Affine times() {
      return new Affine(values, new double[values.length], samples);
    }

    /** This constant as a divisor, none of whose numbers is 0. */
    Affine divisor() {
      double[] inverse = new double[values.length];
      for (int i = 0; i < inverse.length; i++) {
        inverse[i] = 1 / values[i];
      }
      return new Affine(inverse, new double[values.length], samples);
    }
  }

  /** Which dimension counts the samples; null if one number is for all units. */
  @Nullable Samples samples() {
    return samples;
  }

  /** How many numbers there are: 1, or one for each unit. */
  int size() {
    return factor.length;
  }

  /** Whether it changes nothing. */
  boolean isIdentity() {
    for (int u = 0; u < factor.length; u++) {
      if (factor[u] != 1 || shift[u] != 0) {
        return false;
      }
    }
    return true;
  }

  boolean isFinite() {
    for (int u = 0; u < factor.length; u++) {
      if (!Double.isFinite(factor[u]) || !Double.isFinite(shift[u])) {
        return false;
      }
    }
    return true;
  }

  double factorOf(int unit) {
    return factor[factor.length == 1 ? 0 : unit];
  }

  double shiftOf(int unit) {
    return shift[shift.length == 1 ? 0 : unit];
  }

  /** This step and then another of as many units, or of one number for all. */
  Affine then(Affine next) {
    int units = Math.max(factor.length, next.factor.length);
    double[] factors = new double[units];
    double[] shifts = new double[units];
    for (int u = 0; u < units; u++) {
      factors[u] = next.factorOf(u) * factorOf(u);
      shifts[u] = next.factorOf(u) * shiftOf(u) + next.shiftOf(u);
    }
    return new Affine(factors, shifts, samples == null ? next.samples : samples);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Affine affine
        && Arrays.equals(factor, affine.factor)
        && Arrays.equals(shift, affine.shift);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(factor) + Arrays.hashCode(shift);
  }
}
