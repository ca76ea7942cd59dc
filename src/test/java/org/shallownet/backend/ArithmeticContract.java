package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shallownet.backend.NumericAssert.assertClose;
import static org.shallownet.backend.NumericAssert.assertSameBits;
import static org.shallownet.backend.Reference.widen;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.ElementwiseOperation.ActivationBackward;
import org.shallownet.backend.device.ElementwiseOperation.BiasActivate;
import org.shallownet.backend.device.ElementwiseOperation.Copy;
import org.shallownet.backend.device.ElementwiseOperation.GatherBatch;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.MatrixGroup;
import org.shallownet.backend.device.ProductOperation.Gemm;
import org.shallownet.backend.device.ProductOperation.StackedGemm;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.SumOperation.Increment;
import org.shallownet.backend.device.SumOperation.SumRows;
import org.shallownet.backend.device.Tally;
import org.shallownet.network.Activation;

/** Products, activations, sums: each against float64 loops. */
abstract class ArithmeticContract extends OwnershipContract {
  private static final double TOLERANCE = 4e-7;

  /** Rows, columns and depth of products: all mixes of small ones and some large ones. */
  private static final int[] SIZES = {1, 2, 17, 33, 67};

  private static final int[][] LARGE = {
    {65_537, 3, 2}, {3, 2, 65_537}, {2, 1201, 3}, {1025, 64, 31}, {255, 257, 251}, {64, 31, 4099}
  };

  @Test
  void productsOfAllShapesAndTransposes() {
    for (int m : SIZES) {
      for (int n : SIZES) {
        for (int k : SIZES) {
          for (int transposes = 0; transposes < 4; transposes++) {
            checkGemm(transposes, m, n, k, 0.5f, m == n ? 1 : -2);
          }
        }
      }
    }
  }

  @Test
  void largeProducts() {
    for (int[] size : LARGE) {
      for (int transposes = 0; transposes < 4; transposes++) {
        checkGemm(transposes, size[0], size[1], size[2], 1, 1);
      }
    }
  }

  private void checkGemm(int transposes, int m, int n, int k, float alpha, float beta) {
    boolean transposeA = (transposes & 1) != 0;
    boolean transposeB = (transposes & 2) != 0;
    float[] a = normals(m * k);
    float[] b = normals(k * n);
    float[] c = normals(m * n);
    try (Scope own = backend.newScope()) {
      Matrix ma = uploaded(own, transposeA ? k : m, transposeA ? m : k, a);
      Matrix mb = uploaded(own, transposeB ? n : k, transposeB ? k : n, b);
      Matrix mc = uploaded(own, m, n, c);
      backend.run(new Gemm(transposeA, transposeB, alpha, ma, mb, beta, mc));
      double[] expected =
          Reference.gemm(
              transposeA, transposeB, alpha, widen(a), widen(b), beta, widen(c), m, n, k);
      String what = "gemm " + transposeA + " " + transposeB + " " + m + "×" + n + "×" + k;
      // Terms of a sum of k normals are about 1; products may add them in any order, one after the
      // other too: then what is added to grows to √k, and each addition rounds a part of that.
      assertClose(what, expected, values(mc), TOLERANCE, k, 4 + Math.sqrt(k) / 4);
    }
  }

  private Matrix uploaded(Scope own, int rows, int columns, float[] values) {
    Matrix matrix = backend.allocate(own, rows, columns);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  @Test
  void productsWriteOnlyTheirDestination() {
    for (int[] size : new int[][] {{1, 1, 1}, {31, 17, 5}, {300, 20, 40}, {7, 40, 600}}) {
      Matrix a = matrix(size[0], size[2], normals(size[0] * size[2]));
      Matrix b = matrix(size[2], size[1], normals(size[2] * size[1]));
      Matrix c = matrix(size[0], size[1], normals(size[0] * size[1]));
      backend.run(new Gemm(false, false, 1, a, b, 0, c));
      backend.run(new Gemm(true, false, 1, a, c, 0, b));
      backend.run(new Gemm(false, true, 1, c, b, 1, a));
    }
  }

  @Test
  void withBetaZeroTheProductIgnoresWhatWasThere() {
    for (int[] size : new int[][] {{2, 3, 4}, {40, 20, 30}, {20, 20, 700}}) {
      int m = size[0];
      int n = size[1];
      int k = size[2];
      for (boolean transposeA : new boolean[] {false, true}) {
        Matrix a = matrix(transposeA ? k : m, transposeA ? m : k, filled(m * k, 1));
        Matrix b = matrix(k, n, filled(k * n, 2));
        Matrix c = matrix(m, n, filled(m * n, Float.NaN));
        backend.run(new Gemm(transposeA, false, 1, a, b, 0, c));
        assertThat(values(c)).containsOnly(2f * k);
        backend.upload(filled(m * n, Float.POSITIVE_INFINITY), 0, c);
        backend.run(new Gemm(transposeA, false, 1, a, b, 0, c));
        assertThat(values(c)).containsOnly(2f * k);
      }
    }
  }

  @Test
  void productsHandOnWhatIsNotFinite() {
    for (int n : new int[] {3, 40}) {
      float[] a = filled(2 * 30, 1);
      a[29] = Float.NaN;
      a[30] = Float.POSITIVE_INFINITY;
      Matrix c = matrix(2, n, filled(2 * n, 1));
      backend.run(
          new Gemm(false, false, 1, matrix(2, 30, a), matrix(30, n, filled(30 * n, 1)), 1, c));
      float[] result = values(c);
      for (int j = 0; j < n; j++) {
        assertThat(result[j]).isNaN();
        assertThat(result[n + j]).isEqualTo(Float.POSITIVE_INFINITY);
      }
      // 0 · infinity is not a number: no factor may be skipped because it is 0.
      backend.run(
          new Gemm(
              false,
              false,
              1,
              matrix(1, 2, 0, 1),
              matrix(2, n, filled(2 * n, Float.POSITIVE_INFINITY)),
              0,
              c.rows(0, 1)));
      assertThat(values(c)[0]).isNaN();
    }
  }

  @Test
  void batchesOfProducts() {
    int count = 3;
    for (int[] size :
        new int[][] {{1, 1, 1}, {33, 5, 7}, {257, 31, 4}, {5, 2000, 3}, {2000, 6, 9}}) {
      for (int transposed = 0; transposed < 4; transposed++) {
        boolean transposeA = (transposed & 1) != 0;
        boolean transposeB = (transposed & 2) != 0;
        int[] a = transposeA ? new int[] {size[1], size[0]} : new int[] {size[0], size[1]};
        int[] b = transposeB ? new int[] {size[2], size[1]} : new int[] {size[1], size[2]};
        for (int shared = 0; shared < 3; shared++) {
          List<Matrix> as = shared == 1 ? same(count, a) : apart(count, a);
          List<Matrix> bs = shared == 2 ? same(count, b) : apart(count, b);
          List<Matrix> cs = apart(count, size[0], size[2]);
          backend.run(new StackedGemm(transposeA, transposeB, 1.5f, as, bs, 0, cs));
          for (int i = 0; i < count; i++) {
            Matrix alone = matrix(size[0], size[2], new float[size[0] * size[2]]);
            backend.run(new Gemm(transposeA, transposeB, 1.5f, as.get(i), bs.get(i), 0, alone));
            checkProduct(alone, cs.get(i));
          }
        }
      }
    }
  }

  @Test
  void aBatchAddsToWhatIsThere() {
    List<Matrix> a = apart(2, 3, 4);
    List<Matrix> b = apart(2, 4, 5);
    List<Matrix> c = apart(2, 3, 5);
    float[][] before = {values(c.get(0)), values(c.get(1))};
    backend.run(new StackedGemm(false, false, 1, a, b, 2, c));
    for (int i = 0; i < 2; i++) {
      Matrix alone = matrix(3, 5, before[i]);
      backend.run(new Gemm(false, false, 1, a.get(i), b.get(i), 2, alone));
      checkProduct(alone, c.get(i));
    }
  }

  private void checkProduct(Matrix alone, Matrix inBatch) {
    if (batchesKeepBits()) {
      assertSameBits("in a batch", values(alone), values(inBatch));
    } else {
      double[] expected = Reference.widen(values(alone));
      assertClose("in a batch", expected, values(inBatch), 1e-5, 100, 1);
    }
  }

  /** Whether each product of a batch has the bits that it has alone. */
  protected boolean batchesKeepBits() {
    return true;
  }

  private List<Matrix> same(int count, int... shape) {
    return Collections.nCopies(count, matrix(shape[0], shape[1], normals(shape[0] * shape[1])));
  }

  /** Parts of neighbouring groups, with another part between them. */
  private List<Matrix> apart(int count, int... shape) {
    List<Matrix> matrices = new ArrayList<>();
    for (MatrixGroup group :
        backend.allocateGroups(
            scope, count, new Shape(3, 5), new Shape(shape[0], shape[1]), new Shape(1, 1))) {
      backend.upload(normals(shape[0] * shape[1]), 0, group.part(1));
      matrices.add(group.part(1));
    }
    return matrices;
  }

  /** Batches of several epochs, a short last one with each, in pieces. */
  @Test
  void gatheredBatchesAreInTheOrderOfTheirEpochs() {
    for (int[] shape : new int[][] {{1, 1}, {31, 1}, {33, 8}, {257, 7}, {1000, 40}, {65_537, 3}}) {
      int rows = shape[0];
      int columns = shape[1];
      int batch = rows / 3 + 1;
      float[] source = normals(rows * columns);
      Matrix from = matrix(rows, columns, source);
      BatchOrder order = new BatchOrder(rows, -7L << 40);
      BatchOrder expectedOrder = new BatchOrder(rows, -7L << 40);
      Counter steps = backend.allocateCounter(scope);
      int perEpoch = (rows - 1) / batch + 1;
      int half = (batch + 1) / 2;
      Matrix upper = matrix(half, columns, filled(half * columns, 7));
      for (int step = 0; step < 2 * perEpoch + 1; step++) {
        backend.run(new GatherBatch(from, order, steps, batch, 0, upper));
        Matrix lower = matrix(batch, columns, filled(batch * columns, 7)).rows(0, batch - half + 1);
        backend.run(new GatherBatch(from, order, steps, batch, half - 1, lower));
        int position = step % perEpoch * batch;
        int count = Math.min(batch, rows - position);
        long[] samples = new long[count];
        expectedOrder.fill(step / perEpoch, position, count, samples);
        float[] expected = filled(batch * columns, 7);
        for (int i = half - 1; i < count; i++) {
          int to = (i - half + 1) * columns;
          System.arraycopy(source, (int) samples[i] * columns, expected, to, columns);
        }
        float[] lowerRows = Arrays.copyOf(expected, (batch - half + 1) * columns);
        assertSameBits("lower rows of step " + step, lowerRows, values(lower));
        for (int i = 0; i < Math.min(half, count); i++) {
          float[] row = new float[columns];
          System.arraycopy(source, (int) samples[i] * columns, row, 0, columns);
          if (i == 0 || i == half - 1) {
            assertSameBits("row " + i + " of step " + step, row, values(upper.rows(i, 1)));
          }
        }
        backend.run(new Increment(steps));
      }
    }
  }

  @Test
  void copiesHaveTheSameBits() {
    for (int[] shape : SHAPES) {
      float[] source = normals(shape[0] * shape[1]);
      Matrix out = matrix(shape[0], shape[1], filled(source.length, Float.NaN));
      backend.run(new Copy(matrix(shape[0], shape[1], source), out));
      assertSameBits("copy", source, values(out));
    }
  }

  @ParameterizedTest
  @EnumSource
  void biasAndActivation(Activation f) {
    for (int[] shape : SHAPES) {
      int columns = shape[1];
      float[] z = normals(shape[0] * columns);
      float[] bias = normals(columns);
      double[] expected = new double[z.length];
      for (int i = 0; i < z.length; i++) {
        z[i] *= 4;
        expected[i] = Reference.activate(f, z[i] + bias[i % columns]);
      }
      Matrix mz = matrix(shape[0], columns, z);
      backend.run(new BiasActivate(f, matrix(1, columns, bias), mz));
      assertClose(f + " " + mz.shape(), expected, values(mz), TOLERANCE, 1, 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void activationsOfSpecialValues(Activation f) {
    float[] z = {
      0f,
      -0f,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      1e-30f,
      -1e-30f,
      100,
      -100,
      1e30f,
      -1e30f,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN
    };
    double[] expected = new double[z.length];
    for (int i = 0; i < z.length; i++) {
      expected[i] = Reference.activate(f, z[i]);
    }
    Matrix mz = matrix(1, z.length, z);
    backend.run(new BiasActivate(f, matrix(1, z.length, new float[z.length]), mz));
    assertClose(f.toString(), expected, values(mz), TOLERANCE, 1, 1e-30);
  }

  @ParameterizedTest
  @EnumSource
  void derivativesFromTheOutput(Activation f) {
    for (int[] shape : SHAPES) {
      float[] a = normals(shape[0] * shape[1]);
      float[] delta = normals(a.length);
      double[] expected = new double[a.length];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) Reference.activate(f, a[i]);
        expected[i] = delta[i] * Reference.slope(f, a[i]);
      }
      Matrix d = matrix(shape[0], shape[1], delta);
      backend.run(new ActivationBackward(f, matrix(shape[0], shape[1], a), d));
      assertClose(f + " " + d.shape(), expected, values(d), TOLERANCE, 1, 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void derivativesOfSpecialValues(Activation f) {
    float[] a = {0, 0, 0, 0.5f, 0.5f, Float.NaN, Float.MIN_VALUE, 1e-20f, 0.75f};
    float[] delta = {
      3, Float.NaN, Float.POSITIVE_INFINITY, Float.NaN, Float.NEGATIVE_INFINITY, 1, 3, 3, 3
    };
    double[] expected = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      expected[i] = delta[i] * Reference.slope(f, a[i]);
    }
    Matrix d = matrix(1, a.length, delta);
    backend.run(new ActivationBackward(f, matrix(1, a.length, a), d));
    assertClose(f.toString(), expected, values(d), TOLERANCE, 1, 1e-30);
  }

  @Test
  void sumsOfRows() {
    for (int[] shape : SHAPES) {
      int columns = shape[1];
      float[] m = normals(shape[0] * columns);
      float[] before = normals(columns);
      double[] expected = new double[columns];
      double[] expectedAfter = new double[columns];
      for (int i = 0; i < m.length; i++) {
        expected[i % columns] += m[i];
      }
      for (int j = 0; j < columns; j++) {
        expectedAfter[j] = expected[j] - 0.5 * before[j];
      }
      Matrix source = matrix(shape[0], columns, m);
      Matrix out = matrix(1, columns, filled(columns, Float.NaN));
      backend.run(new SumRows(source, 0, out));
      assertClose("sum of " + source.shape(), expected, values(out), TOLERANCE, shape[0], 1);
      backend.upload(before, 0, out);
      backend.run(new SumRows(source, -0.5f, out));
      assertClose("sum of " + source.shape(), expectedAfter, values(out), TOLERANCE, shape[0], 1);
    }
  }

  @Test
  void squaredNormsAddUpInDouble() {
    for (int[] shape : SHAPES) {
      float[] m = normals(shape[0] * shape[1]);
      double expected = 10;
      for (float value : m) {
        expected += 0.25 * value * value;
      }
      Tally tally = backend.allocateTally(scope);
      backend.run(new AddSquaredNorm(matrix(1, 1, (float) Math.sqrt(10)), 1, tally));
      backend.run(new AddSquaredNorm(matrix(shape[0], shape[1], m), 0.25, tally));
      Tally.Values values = backend.read(tally);
      assertThat(values.cost())
          .isCloseTo(expected, org.assertj.core.data.Percentage.withPercentage(1e-4));
      assertThat(values.hits()).isZero();
      backend.run(new Clear(tally));
      assertThat(backend.read(tally)).isEqualTo(new Tally.Values(0, 0, 0));
    }
  }

  @Test
  void reductionsHandOnWhatIsNotFinite() {
    Tally tally = backend.allocateTally(scope);
    backend.run(new AddSquaredNorm(matrix(1, 2, 1, Float.NaN), 1, tally));
    assertThat(backend.read(tally).cost()).isNaN();
    Matrix out = matrix(1, 3, 0, 0, 0);
    float infinity = Float.POSITIVE_INFINITY;
    backend.run(new SumRows(matrix(2, 3, 1, infinity, infinity, Float.NaN, 1, -infinity), 0, out));
    assertThat(values(out)).containsExactly(Float.NaN, infinity, Float.NaN);
  }
}
