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
import org.shallownet.network.Output;

/** Output functions, costs, hits. */
abstract class OutputContract extends ArithmeticContract {
  private static final double TOLERANCE = 4e-7;

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

  private float[] targets(Output output, int rows, int outputs) {
    float[] targets = new float[rows * output.targetColumns(outputs)];
    for (int i = 0; i < targets.length; i++) {
      targets[i] =
          switch (output) {
            case SIGMOID_CROSS_ENTROPY -> random.nextInt(2);
            case SOFTMAX_CROSS_ENTROPY -> random.nextInt(outputs);
            case IDENTITY_SQUARED_ERROR -> (float) random.nextGaussian();
          };
    }
    return targets;
  }

  private void check(
      Output output, int rows, int outputs, float[] logits, float[] targets, double scale) {
    double cost = 0;
    long hits = 0;
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
      cost += Reference.cost(output, z, y);
      hits += Reference.hit(output, z, y) ? 1 : 0;
      for (int j = 0; j < outputs; j++) {
        delta[i * outputs + j] = scale * (a[j] - y[j]);
        probabilities[i * outputs + j] = a[j];
      }
    }
    String what = output + " " + rows + "×" + outputs;
    Matrix z = matrix(rows, outputs, logits);
    Matrix y = matrix(rows, targetColumns, targets);
    Matrix d = matrix(rows, outputs, filled(logits.length, Float.NaN));
    Tally tally = backend.allocateTally(scope);
    backend.outputDelta(output, z, y, scale, d, tally);
    assertClose(what, delta, values(d), TOLERANCE, 1, scale);
    Tally.Values values = backend.read(tally);
    assertThat(values.cost()).as(what).isCloseTo(cost, within(1e-6 * (rows + cost)));
    assertThat(values.hits()).as(what).isEqualTo(hits);
    backend.outputProbabilities(output, z, d);
    assertClose(what, probabilities, values(d), TOLERANCE, 1, 1e-30);

    // The same in place, added to the tally.
    backend.outputDelta(output, z, y, scale, z, tally);
    assertClose(what, delta, values(z), TOLERANCE, 1, scale);
    assertThat(backend.read(tally).hits()).isEqualTo(2 * hits);
    backend.upload(logits, 0, z);
    backend.outputProbabilities(output, z, z);
    assertClose(what, probabilities, values(z), TOLERANCE, 1, 1e-30);
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
    backend.outputDelta(
        Output.SIGMOID_CROSS_ENTROPY,
        matrix(2, 2, logit, -logit, -logit, logit),
        matrix(2, 2, 1, 0, 0, 1),
        1,
        d,
        tally);
    double expected = 4 * StrictMath.log1p(StrictMath.exp(-logit));
    assertThat(backend.read(tally).cost()).isCloseTo(expected, within(TOLERANCE * expected));
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
    backend.outputDelta(output, z, y, 1, d, tally);
    assertThat(backend.read(tally).cost()).isNaN();
    assertThat(values(d)[1]).isNaN();
    assertThat(values(d)[3]).isFinite();
    backend.outputProbabilities(output, z, d);
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
        .isThrownBy(() -> backend.outputDelta(Output.SOFTMAX_CROSS_ENTROPY, z, y, 1, d, tally))
        .withMessage("outputDelta: a target is " + target + ", not one of the classes 0 to 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, y, 3))
        .withMessage("checkTargets: a target is " + target + ", not one of the classes 0 to 2");
    backend.checkTargets(Output.SOFTMAX_CROSS_ENTROPY, y.rows(0, 1), 3);
    backend.checkTargets(Output.SIGMOID_CROSS_ENTROPY, y, 1);
    assertThat(values(d)).containsOnly(5);
    assertThat(backend.read(tally)).isEqualTo(new Tally.Values(0, 0));
  }
}
