package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;
import static org.shallownet.backend.Reference.widen;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.device.ElementwiseOperation.Multiply;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputOperation.OutputProbabilities;
import org.shallownet.backend.device.SumOperation.DivideByWeight;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** Output functions, costs, hits. */
abstract class OutputContract extends ArithmeticContract {
  /** How far off probabilities and costs may be, relatively: some 3 units in the last place. */
  protected double outputTolerance() {
    return 4e-7;
  }

  @ParameterizedTest
  @EnumSource
  void deltasCostsAndHits(Output output) {
    for (int[] shape : SHAPES) {
      if (shape[1] > 1 || output != Output.SOFTMAX_CROSS_ENTROPY) {
        float[] logits = normals(shape[0] * shape[1]);
        check(output, shape[0], shape[1], logits, targets(output, shape[0], shape[1]), 0.125);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weightedDeltasCostsAndHits(Output output) {
    for (int[] shape : SHAPES) {
      if (shape[1] > 1 || output != Output.SOFTMAX_CROSS_ENTROPY) {
        float[] targets = targets(output, shape[0], shape[1]);
        float[] logits = normals(shape[0] * shape[1]);
        check(output, shape[0], shape[1], logits, targets, weights(shape[0]), 0.125);
      }
    }
  }

  private float[] weights(int rows) {
    float[] weights = new float[rows];
    for (int i = 0; i < rows; i++) {
      weights[i] = random.nextInt(3) == 0 ? 0 : 4 * random.nextFloat();
    }
    return weights;
  }

  /** However much larger the others are, what weighs nothing adds nothing, to the bit. */
  @ParameterizedTest
  @EnumSource
  void weightsOfZeroAddNothing(Output output) {
    int rows = 500;
    float[] logits = normals(3 * rows);
    float[] targets = targets(output, rows, 3);
    float[] weights = weights(rows);
    float[] others = logits.clone();
    // e to the power of 800 is infinite in double, too.
    float large = output == Output.EXPONENTIAL_POISSON ? 800 : 30;
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < 3; j++) {
        others[3 * row + j] = weights[row] == 0 ? large * (j - 1) : logits[3 * row + j];
      }
    }
    int columns = output.targetColumns(3);
    Matrix y = matrix(rows, columns + 1, interleave(targets, columns, weights));
    Tally.Values[] tallies = new Tally.Values[2];
    float[][] deltas = new float[2][];
    for (int i = 0; i < 2; i++) {
      Matrix z = matrix(rows, 3, i == 0 ? logits : others);
      Tally tally = backend.allocateTally(scope);
      backend.run(new OutputDelta(output, z, y, 1, z, tally));
      tallies[i] = backend.read(tally);
      deltas[i] = values(z);
    }
    assertThat(tallies[1]).isEqualTo(tallies[0]);
    for (int i = 0; i < deltas[0].length; i++) {
      // 0 of either sign.
      assertThat(deltas[1][i] == (weights[i / 3] == 0 ? 0 : deltas[0][i])).isTrue();
    }
  }

  private static float[] interleave(float[] targets, int columns, float[] weights) {
    float[] rows = new float[targets.length + weights.length];
    for (int i = 0; i < weights.length; i++) {
      System.arraycopy(targets, i * columns, rows, i * (columns + 1), columns);
      rows[i * (columns + 1) + columns] = weights[i];
    }
    return rows;
  }

  private float[] targets(Output output, int rows, int outputs) {
    float[] targets = new float[rows * output.targetColumns(outputs)];
    for (int i = 0; i < targets.length; i++) {
      targets[i] =
          switch (output) {
            case SIGMOID_CROSS_ENTROPY -> random.nextInt(2);
            case SOFTMAX_CROSS_ENTROPY -> random.nextInt(outputs);
            case IDENTITY_SQUARED_ERROR -> (float) random.nextGaussian();
            case EXPONENTIAL_POISSON -> random.nextInt(4);
          };
    }
    return targets;
  }

  /** Without weights, and with weights that are all 1. */
  private void check(
      Output output, int rows, int outputs, float[] logits, float[] targets, double scale) {
    check(output, rows, outputs, logits, targets, new float[0], scale);
    check(output, rows, outputs, logits, targets, filled(rows, 1), scale);
  }

  private void check(
      Output output,
      int rows,
      int outputs,
      float[] logits,
      float[] targets,
      float[] weights,
      double scale) {
    double cost = 0;
    double hits = 0;
    double weight = 0;
    double[] delta = new double[logits.length];
    double[] probabilities = new double[logits.length];
    int targetColumns = output.targetColumns(outputs);
    for (int i = 0; i < rows; i++) {
      double[] z = widen(Arrays.copyOfRange(logits, i * outputs, (i + 1) * outputs));
      double[] y =
          Reference.spread(
              output,
              widen(Arrays.copyOfRange(targets, i * targetColumns, (i + 1) * targetColumns)),
              outputs);
      double[] a = Reference.probabilities(output, z);
      double w = weights.length == 0 ? 1 : weights[i];
      weight += w;
      cost += w * Reference.cost(output, z, y);
      hits += w * Reference.hits(Loss.OWN, output, z, y);
      for (int j = 0; j < outputs; j++) {
        delta[i * outputs + j] = scale * w * (a[j] - y[j]);
        probabilities[i * outputs + j] = a[j];
      }
    }
    String what = output + " " + rows + "×" + outputs;
    Matrix z = matrix(rows, outputs, logits);
    Matrix y =
        weights.length == 0
            ? matrix(rows, targetColumns, targets)
            : matrix(rows, targetColumns + 1, interleave(targets, targetColumns, weights));
    Matrix d = matrix(rows, outputs, filled(logits.length, Float.NaN));
    Tally tally = backend.allocateTally(scope);
    backend.run(new OutputDelta(output, z, y, scale, d, tally));
    assertClose(
        what, delta, values(d), outputTolerance(), 1, weights.length == 0 ? scale : 4 * scale);
    Tally.Values values = backend.read(tally);
    assertThat(values.cost()).as(what).isCloseTo(cost, within(1e-6 * (rows + cost)));
    boolean counted = output != Output.EXPONENTIAL_POISSON;
    assertThat(values.hits()).as(what).isCloseTo(hits, within((counted ? 1e-12 : 1e-6) * hits));
    assertThat(values.weight()).as(what).isCloseTo(weight, within(1e-12 * weight));
    if (weights.length == 0) {
      if (counted) {
        assertThat(values.hits()).isEqualTo(Math.rint(hits));
      }
      assertThat(values.weight()).isEqualTo(rows);
    }
    backend.run(new OutputProbabilities(output, z, d));
    assertClose(what, probabilities, values(d), outputTolerance(), 1, 1e-30);

    // The same in place, added to the tally.
    backend.run(new OutputDelta(output, z, y, scale, z, tally));
    assertClose(
        what, delta, values(z), outputTolerance(), 1, weights.length == 0 ? scale : 4 * scale);
    assertThat(backend.read(tally).hits()).isEqualTo(2 * values.hits());
    assertThat(backend.read(tally).weight()).isEqualTo(2 * values.weight());
    backend.upload(logits, 0, z);
    backend.run(new OutputProbabilities(output, z, z));
    assertClose(what, probabilities, values(z), outputTolerance(), 1, 1e-30);
  }

  @ParameterizedTest
  @ValueSource(floats = {100, 1e30f})
  void extremeLogits(float large) {
    float[] logits = {large, large, -large, -large, large, -large};
    check(Output.SIGMOID_CROSS_ENTROPY, 6, 1, logits, new float[] {1, 0, 1, 0, 1, 0}, 1);
    check(Output.SIGMOID_CROSS_ENTROPY, 2, 3, logits, new float[] {1, 0, 1, 0, 1, 0}, 1);
    check(Output.SOFTMAX_CROSS_ENTROPY, 3, 2, logits, new float[] {1, 0, 1}, 1);
    check(Output.SOFTMAX_CROSS_ENTROPY, 2, 3, logits, new float[] {2, 1}, 1);
  }

  /** However small a cost is, it has the digits of a float. */
  @ParameterizedTest
  @ValueSource(floats = {1, 20, 27, 40, 80})
  void smallCostsKeepTheirDigits(float logit) {
    Tally tally = backend.allocateTally(scope);
    Matrix d = matrix(2, 2, new float[4]);
    backend.run(
        new OutputDelta(
            Output.SIGMOID_CROSS_ENTROPY,
            matrix(2, 2, logit, -logit, -logit, logit),
            matrix(2, 2, 1, 0, 0, 1),
            1,
            d,
            tally));
    double expected = 4 * StrictMath.log1p(StrictMath.exp(-logit));
    assertThat(backend.read(tally).cost())
        .isCloseTo(expected, within(outputTolerance() * expected));
  }

  @Test
  void tiesGoToTheFirstOfTheLargest() {
    check(
        Output.SOFTMAX_CROSS_ENTROPY,
        3,
        3,
        new float[] {1, 1, 1, 0, 2, 2, 3, 1, 3},
        new float[] {0, 2, 0},
        1);
    // A logit of 0 is a probability of ½, which is not more than ½. More samples of the first
    // class,
    // so that the other way round would not give as many hits.
    check(
        Output.SIGMOID_CROSS_ENTROPY,
        5,
        1,
        new float[] {0, 0, 0, -0f, -0f},
        new float[] {0, 0, 1, 0, 0},
        1);
  }

  @Test
  void aRowOfSeveralSigmoidsIsRightOnlyIfAllAre() {
    check(
        Output.SIGMOID_CROSS_ENTROPY,
        3,
        2,
        new float[] {1, 1, 1, -1, -1, -1},
        new float[] {1, 1, 1, 1, 0, 0},
        1);
  }

  @ParameterizedTest
  @EnumSource
  void notANumberReachesCostAndDelta(Output output) {
    Matrix z = matrix(2, 2, 1, Float.NaN, 1, 2);
    Matrix y = matrix(2, output.targetColumns(2), new float[2 * output.targetColumns(2)]);
    Matrix d = matrix(2, 2, new float[4]);
    Tally tally = backend.allocateTally(scope);
    backend.run(new OutputDelta(output, z, y, 1, d, tally));
    assertThat(backend.read(tally).cost()).isNaN();
    assertThat(values(d)[1]).isNaN();
    assertThat(values(d)[3]).isFinite();
    backend.run(new OutputProbabilities(output, z, d));
    assertThat(values(d)[1]).isNaN();
    assertThat(values(d)[3]).isFinite();
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, 3, 0.5f, 1e20f, Float.NaN, Float.NEGATIVE_INFINITY})
  void targetsThatAreNoClassAreRefused(float target) {
    Matrix d = matrix(2, 3, filled(6, 5));
    Matrix z = matrix(2, 3, new float[6]);
    Matrix y = matrix(2, 1, 0, target);
    Tally tally = backend.allocateTally(scope);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, y, 1, d, tally)))
        .withMessage("outputDelta: a target is " + target + ", not one of the classes 0 to 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, y, 3))
        .withMessage("checkTargets: a target is " + target + ", not one of the classes 0 to 2");
    backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, y.rows(0, 1), 3);
    backend.checkTargets(Output.SIGMOID_CROSS_ENTROPY, y, 1);
    assertThat(values(d)).containsOnly(5);
    assertThat(backend.read(tally)).isEqualTo(new Tally.Values(0, 0, 0));
  }

  /** The class of weighted samples is the first of two numbers, and checked as such. */
  @Test
  void classesWithWeightsAreChecked() {
    Matrix z = matrix(2, 3, new float[6]);
    Tally tally = backend.allocateTally(scope);
    Matrix right = matrix(2, 2, 0, 7.5f, 2, 0.25f);
    backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, right, 3);
    backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, right, 1, z, tally));
    assertThat(backend.read(tally).weight()).isEqualTo(7.75);
    Matrix wrong = matrix(2, 2, 0, 1, 3, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> backend.run(new OutputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, wrong, 1, z, tally)))
        .withMessage("outputDelta: a target is 3.0, not one of the classes 0 to 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, wrong, 3))
        .withMessage("checkTargets: a target is 3.0, not one of the classes 0 to 2");
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void weightsThatAreNoneAreRefused(float weight) {
    for (Output output : Output.values()) {
      int columns = output.targetColumns(3);
      float[] targets = interleave(new float[5 * columns], columns, new float[] {1, 0, 1, 1, 2});
      backend.checkTargets(output, matrix(5, columns + 1, targets), 3);
      targets[4 * (columns + 1) - 1] = weight;
      Matrix y = matrix(5, columns + 1, targets);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.checkTargets(output, y, 3))
          .withMessage(
              "checkTargets: a weight is " + weight + "; weights are finite and not negative");
      backend.checkTargets(output, y.rows(0, 3), 3);
    }
  }

  @Test
  void targetsHaveAtMostOneColumnMore() {
    Matrix z = matrix(2, 2, new float[4]);
    Matrix y = matrix(2, 4, new float[8]);
    Tally tally = backend.allocateTally(scope);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> backend.run(new OutputDelta(Output.IDENTITY_SQUARED_ERROR, z, y, 1, z, tally)))
        .withMessage("outputDelta: targets of 2×4 do not fit logits of 2×2 with identity output");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.checkTargets(Output.IDENTITY_SQUARED_ERROR, y, 2))
        .withMessage(
            "checkTargets: targets of 2×4 do not fit logits of 2 columns with identity output");
  }

  @Test
  void sumsBecomeMeans() {
    for (int[] shape : SHAPES) {
      float[] values = normals(shape[0] * shape[1]);
      Matrix m = matrix(shape[0], shape[1], values);
      backend.run(new DivideByWeight(matrix(1, 3, 5, 0, 0.3f), m));
      float[] expected = values.clone();
      for (int i = 0; i < expected.length; i++) {
        expected[i] /= 0.3f;
      }
      assertThat(values(m)).isEqualTo(expected);
    }
  }

  /** So small that its reciprocal is more than a float holds. */
  @Test
  void tinyWeightsDivide() {
    Matrix m = matrix(1, 2, 3e-40f, -6e-40f);
    backend.run(new DivideByWeight(matrix(1, 1, 3e-40f), m));
    assertThat(values(m)).containsExactly(1, -2);
  }

  @Test
  void ofNothingThatWeighsTheMeanStaysZero() {
    Matrix m = matrix(1, 3, 0, -0f, Float.NaN);
    backend.run(new DivideByWeight(matrix(1, 2, 4, 0), m));
    assertThat(values(m)).containsExactly(0, -0f, Float.NaN);
  }

  @Test
  void productsElementByElementOrColumnByColumn() {
    for (int[] shape : SHAPES) {
      float[] values = normals(shape[0] * shape[1]);
      for (int rows : new int[] {shape[0], 1}) {
        float[] factors = normals(rows * shape[1]);
        float[] expected = values.clone();
        for (int i = 0; i < expected.length; i++) {
          expected[i] *= factors[i % factors.length];
        }
        Matrix m = matrix(shape[0], shape[1], values);
        Matrix product = backend.allocate(scope, shape[0], shape[1]);
        backend.run(new Multiply(m, matrix(rows, shape[1], factors), product));
        assertThat(values(product)).isEqualTo(expected);
        assertThat(values(m)).isEqualTo(values);
        backend.run(new Multiply(m, matrix(rows, shape[1], factors), m));
        assertThat(values(m)).isEqualTo(expected);
      }
    }
  }

  @Test
  void factorsFitTheMatrixAndLieApartFromTheProduct() {
    Matrix m = matrix(2, 2, new float[4]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.run(new Multiply(m, matrix(1, 1, 1), m)))
        .withMessage("multiply: the factors must be 1×2 for the matrix of 2×2, not 1×1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.run(new Multiply(m, matrix(3, 2, new float[6]), m)))
        .withMessage("multiply: the factors 3×2 and the matrix 2×2 differ in shape");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.run(new Multiply(m, m.rows(1, 1), m)))
        .withMessage("multiply: the factors 1×2 and the product 2×2 share memory");
  }

  @Test
  void divisorsAreOneRowApart() {
    Matrix m = matrix(2, 2, new float[4]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.run(new DivideByWeight(matrix(2, 1, 1, 1), m)))
        .withMessage("divideByWeight: the sums must be one row, not 2×1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.run(new DivideByWeight(m.rows(1, 1), m)))
        .withMessage("divideByWeight: the sums 1×2 and the matrix 2×2 share memory");
  }
}
