package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.NumericAssert.assertClose;
import static org.shallownet.backend.NumericAssert.assertSameBits;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation.LossDelta;
import org.shallownet.backend.device.RefinementOperation.AddAbsoluteNorm;
import org.shallownet.backend.device.RefinementOperation.AddSign;
import org.shallownet.backend.device.RefinementOperation.ClipNorm;
import org.shallownet.backend.device.RefinementOperation.DropOut;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation.GradientDescentStep;
import org.shallownet.network.Dropout;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;

/** The operations of refinements: each against float64 loops. */
abstract class RefinedOperationsContract extends AtOnceContract {
  private static final int[][] SHAPES = {{1, 1}, {1, 31}, {33, 2}, {3, 5003}, {1, 40_001}};

  @Test
  void sumsOfAbsoluteValues() {
    for (int[] shape : SHAPES) {
      float[] m = normals(shape[0] * shape[1]);
      double expected = 3;
      for (float value : m) {
        expected += 0.25 * Math.abs(value);
      }
      Tally tally = backend.allocateTally(scope);
      backend.run(new AddAbsoluteNorm(matrix(1, 1, -3), 1, tally));
      backend.run(new AddAbsoluteNorm(matrix(shape[0], shape[1], m), 0.25, tally));
      assertThat(backend.read(tally).cost()).isCloseTo(expected, within(1e-9 * expected));
      assertThat(backend.read(tally).hits()).isZero();
    }
  }

  @Test
  void signs() {
    for (int[] shape : SHAPES) {
      int count = shape[0] * shape[1];
      float[] m = normals(count);
      m[count / 2] = 0;
      float[] before = normals(count);
      Matrix out = matrix(shape[0], shape[1], before);
      backend.run(new AddSign(matrix(shape[0], shape[1], m), 0.25f, out));
      float[] expected = new float[count];
      for (int i = 0; i < count; i++) {
        expected[i] = before[i] + (m[i] > 0 ? 0.25f : m[i] < 0 ? -0.25f : 0);
      }
      assertSameBits("signs of " + count, expected, values(out));
    }
    Matrix out = matrix(1, 3, 1, 1, 1);
    backend.run(new AddSign(matrix(1, 3, Float.NaN, -0f, Float.NEGATIVE_INFINITY), 1, out));
    assertThat(values(out)).containsExactly(Float.NaN, 1, 0);
  }

  @Test
  void normsThatAreTooLargeAreClipped() {
    for (int[] shape : SHAPES) {
      float[] m = normals(shape[0] * shape[1]);
      double squares = 0;
      for (float value : m) {
        squares += (double) value * value;
      }
      double norm = Math.sqrt(squares);
      Matrix clipped = matrix(shape[0], shape[1], m);
      backend.run(new ClipNorm(1.001 * norm, clipped));
      assertSameBits("short enough", m, values(clipped));
      backend.run(new ClipNorm(norm / 3, clipped));
      double[] expected = Reference.widen(m);
      for (int i = 0; i < expected.length; i++) {
        expected[i] /= 3;
      }
      assertClose("clipped " + clipped, expected, values(clipped), 1e-6, 1, 1);
    }
  }

  /** What can't be shortened is not hidden: the training ends by it. */
  @Test
  void clippingHandsOnWhatIsNotFinite() {
    Matrix m = matrix(1, 2, 1, Float.NaN);
    backend.run(new ClipNorm(0.1, m));
    assertThat(values(m)).containsExactly(1, Float.NaN);
    Matrix infinite = matrix(1, 2, 1, Float.POSITIVE_INFINITY);
    backend.run(new ClipNorm(0.1, infinite));
    assertThat(values(infinite)).containsExactly(0, Float.NaN);
  }

  static List<Loss> losses() {
    return List.of(new Loss.Smoothed(0.1), new Loss.Huber(1), new Loss.Quantile(0.9));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void lossesAndTheirSlopes(Loss loss) {
    for (Output output : Output.values()) {
      for (int columns : new int[] {2, 3, 37}) {
        if (loss.suits(output)) {
          checkLoss(loss, output, columns, false);
          checkLoss(loss, output, columns, true);
        }
      }
    }
  }

  /** Infinitely wrong, but without a weight: nothing of it is not a number. */
  @ParameterizedTest
  @MethodSource("losses")
  void whatWeighsNothingCostsNothing(Loss loss) {
    float infinite = Float.POSITIVE_INFINITY;
    for (Output output : Output.values()) {
      if (loss.suits(output)) {
        int stride = output.targetColumns(2) + 1;
        float[] y = new float[3 * stride];
        y[2 * stride - 1] = 1;
        Matrix logits = matrix(3, 2, infinite, -infinite, 1, -1, -infinite, infinite);
        Tally tally = backend.allocateTally(scope);
        backend.run(new LossDelta(loss, output, logits, matrix(3, stride, y), 1, logits, tally));
        Matrix alone = matrix(1, 2, 1, -1);
        Matrix target = matrix(1, stride, Arrays.copyOfRange(y, stride, 2 * stride));
        Tally expected = backend.allocateTally(scope);
        backend.run(new LossDelta(loss, output, alone, target, 1, alone, expected));
        float[] slopes = values(alone);
        assertThat(values(logits)).containsExactly(0, 0, slopes[0], slopes[1], 0, 0);
        assertThat(backend.read(tally)).isEqualTo(backend.read(expected));
      }
    }
  }

  private void checkLoss(Loss loss, Output output, int columns, boolean weighted) {
    int rows = 701;
    int targets = output.targetColumns(columns);
    int stride = targets + (weighted ? 1 : 0);
    float[] z = normals(rows * columns);
    float[] y = normals(rows * stride);
    for (int i = 0; i < y.length; i++) {
      boolean weight = i % stride == targets;
      if (weight) {
        y[i] = i % 3;
      } else if (output == Output.SOFTMAX_CROSS_ENTROPY) {
        y[i] = i % columns;
      } else if (output == Output.SIGMOID_CROSS_ENTROPY) {
        y[i] = i % 2;
      }
      // Where both are equal there is no slope.
      if (i == 0 && output == Output.IDENTITY_SQUARED_ERROR) {
        y[0] = z[0];
      }
    }
    Matrix logits = matrix(rows, columns, z);
    Tally tally = backend.allocateTally(scope);
    backend.run(new LossDelta(loss, output, logits, matrix(rows, stride, y), 0.5, logits, tally));
    double cost = 0;
    double hits = 0;
    double sum = 0;
    double[] expected = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      double[] ownZ = Reference.widen(Arrays.copyOfRange(z, row * columns, (row + 1) * columns));
      double[] own = Reference.widen(Arrays.copyOfRange(y, row * stride, row * stride + targets));
      double[] spread = Reference.spread(output, own, columns);
      double w = weighted ? y[row * stride + targets] : 1;
      cost += w * Reference.loss(loss, output, ownZ, spread);
      hits += w * Reference.hits(loss, output, ownZ, spread);
      sum += w;
      double[] slope = Reference.lossSlope(loss, output, ownZ, spread);
      for (int j = 0; j < columns; j++) {
        expected[row * columns + j] = 0.5 * w * slope[j];
      }
    }
    String label = loss + " of " + columns + " " + output;
    assertClose(label, expected, values(logits), 1e-6, 1, 1);
    Tally.Values values = backend.read(tally);
    assertThat(values.cost()).as(label).isCloseTo(cost, within(1e-6 * cost));
    assertThat(values.hits()).as(label).isCloseTo(hits, within(1e-6 * hits));
    assertThat(values.weight()).as(label).isEqualTo(sum);
  }

  @Test
  void whichActivationsAreLeftOut() {
    for (int[] shape : new int[][] {{1, 1}, {5, 7}, {1000, 6}, {33, 130}}) {
      int count = shape[0] * shape[1];
      float[] m = normals(count);
      Counter steps = backend.allocateCounter(scope);
      backend.set(steps, 5);
      Matrix in = matrix(shape[0], shape[1], m);
      Matrix out = matrix(shape[0], shape[1], normals(count));
      backend.run(new DropOut(in, 0.25, -3, 2, steps, 40, out));
      float[] expected = new float[count];
      int[] words = new int[4];
      for (int i = 0; i < count; i++) {
        int unit = i % shape[1];
        Dropout.words(-3, 5, 40 + i / shape[1], 2, unit / 4, words);
        boolean kept = Integer.toUnsignedLong(words[unit % 4]) >= 1L << 30;
        expected[i] = kept ? (float) (1 / 0.75) * m[i] : 0;
      }
      assertSameBits("left", expected, values(out));
      assertSameBits("the matrix", m, values(in));
      backend.run(new DropOut(in, 0.25, -3, 2, steps, 40, in));
      assertSameBits("in place", expected, values(in));
    }
  }

  @Test
  void aboutAsManyAsWanted() {
    int count = 300_000;
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    Counter steps = backend.allocateCounter(scope);
    Matrix out = matrix(3000, 100, ones);
    for (double part : new double[] {0, 0.1, 0.5, 0.9}) {
      backend.run(new DropOut(matrix(3000, 100, ones), part, 1, 1, steps, 0, out));
      double left = 0;
      for (float value : values(out)) {
        left += value;
      }
      // Five standard deviations of the mean.
      double slack = 5 * Math.sqrt(part / (1 - part) / count);
      assertThat(left / count).isCloseTo(1, within(slack + 1e-6));
      backend.run(new Increment(steps));
    }
  }

  @Test
  void operandsThatDoNotFitAreRefused() {
    Tally tally = backend.allocateTally(scope);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LossDelta(
                    new Loss.Huber(1),
                    Output.SIGMOID_CROSS_ENTROPY,
                    matrix(1, 1, 1),
                    matrix(1, 1, 1),
                    1,
                    matrix(1, 1, 1),
                    tally))
        .withMessage("lossDelta: the loss huber:1.0 is none for sigmoid output");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DropOut(
                    matrix(1, 1, 1), 1, 0, 1, backend.allocateCounter(scope), 0, matrix(1, 1, 1)))
        .withMessage("dropOut: the part must be from 0, below 1, not 1.0");
    Matrix m = matrix(2, 3, 1, 2, 3, 4, 5, 6);
    Matrix row = matrix(1, 3, 1, 2, 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AddSign(row, 1, m))
        .withMessageStartingWith("addSign: the matrix");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AddSign(m, 1, m))
        .withMessageEndingWith("share memory");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClipNorm(0, m))
        .withMessage("clipNorm: the largest norm must be positive, not 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GradientDescentStep(m, null, 1, row, matrix(2, 3, 1, 2, 3, 4, 5, 6)))
        .withMessageStartingWith("gradientDescentStep: the factor must be a single number, not");
  }
}
