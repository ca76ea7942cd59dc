package org.shallownet.model.chain;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.scoring.LayerFunction;

/**
 * What each unit of a layer applies to its weighted input {@code z} in a model from another tool,
 * where that is none of our activations: a few operations of {@code z} and constants, each unit for
 * itself, computed in double.
 */
public final class UnitFunction implements LayerFunction {
  /** A function of more steps is no activation. */
  static final int MOST_STEPS = 64;

  private final List<Step> steps;
  private final Operand result;

  UnitFunction(List<Step> steps, Operand result) {
    this.steps = List.copyOf(steps);
    this.result = result;
  }

  /**
   * A number that a step reads.
   *
   * @param value 0 for {@code z}, else the number of the step, from 1, whose result it is
   * @param affine what is done to that first
   */
  record Operand(int value, Affine affine) {}

  /**
   * An operation.
   *
   * @param right null for an operation of one number
   * @param by the ONNX operator that it is part of
   */
  record Step(
      UnitOperator operator,
      Operand left,
      @Nullable Operand right,
      double p,
      double q,
      String by) {}

  @Override
  public String operators() {
    return steps.isEmpty()
        ? "Identity"
        : steps.stream().map(Step::by).distinct().collect(Collectors.joining(", "));
  }

  @Override
  public void apply(float[] z, int rows, int units) {
    double[][] values = new double[steps.size() + 1][units];
    for (int r = 0; r < rows; r++) {
      for (int u = 0; u < units; u++) {
        values[0][u] = z[r * units + u];
      }
      for (int s = 0; s < steps.size(); s++) {
        run(steps.get(s), values, values[s + 1]);
      }
      for (int u = 0; u < units; u++) {
        z[r * units + u] = (float) read(result, values, u);
      }
    }
  }

  private static void run(Step step, double[][] values, double[] to) {
    Operand right = step.right();
    for (int u = 0; u < to.length; u++) {
      double a = read(step.left(), values, u);
      double b = right == null ? 0 : read(right, values, u);
      to[u] = step.operator().of(a, b, step.p(), step.q());
    }
  }

  private static double read(Operand operand, double[][] values, int unit) {
    double value = values[operand.value()][unit];
    return value * operand.affine().factorOf(unit) + operand.affine().shiftOf(unit);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UnitFunction that
        && steps.equals(that.steps)
        && result.equals(that.result);
  }

  @Override
  public int hashCode() {
    return 31 * steps.hashCode() + result.hashCode();
  }

  @Override
  public String toString() {
    return operators();
  }
}
