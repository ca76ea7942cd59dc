package org.shallownet.backend.cpu.tiled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.cpu.primitives.ArrayRange;

/** Products of samples row by row against loops. */
class RowKernelsTest {
  private static final int BLOCK = 64;
  private static final int FROM = 5;

  private final Random random = new Random(1);

  private static RowKernels kernels() {
    assumeTrue(KernelChoice.obstacle() == null, "no vectors here");
    return (RowKernels) KernelChoice.ON.kernels(BLOCK);
  }

  private float[] normals(int count) {
    float[] values = new float[FROM + count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** To the bit: sums are one fused multiplication and addition after the other. */
  @Test
  void sumsAreInTheOrderOfTheirTerms() {
    for (int units : new int[] {16, 32, 48, 64, 80, 144}) {
      for (int rows : new int[] {1, 2, 3, 4, 5, 7, 12, 64}) {
        for (int depth : new int[] {0, 1, 7, 64}) {
          check(units, rows, depth, 1, rows, true);
          check(units, rows, depth, depth + 1, 1, false);
        }
      }
    }
  }

  private void check(
      int units, int rows, int depth, int rowStride, int depthStride, boolean oneRow) {
    int room = TileLayer.padded(rows);
    float[] a = normals((room + 1) * rowStride + (depth + 1) * depthStride);
    float[] b = normals((depth + 1) * units);
    float[] init = normals(room * units);
    float[] c = normals((room + 1) * units);
    int initStride = oneRow ? 0 : units;
    float[] expected = c.clone();
    for (int row = 0; row < rows; row++) {
      for (int unit = 0; unit < units; unit++) {
        float sum = init[FROM + row * initStride + unit];
        for (int k = 0; k < depth; k++) {
          float left = a[FROM + row * rowStride + k * depthStride];
          sum = Math.fma(left, b[FROM + k * units + unit], sum);
        }
        expected[FROM + row * units + unit] = sum;
      }
    }
    RowProduct product =
        new RowProduct(
            units,
            new ArrayRange(a, FROM),
            rowStride,
            depthStride,
            new ArrayRange(b, FROM),
            new ArrayRange(init, FROM),
            initStride,
            new ArrayRange(c, FROM));
    kernels().multiply(product, rows, depth);
    // Rows up to the next multiple of four have room and no meaning.
    int end = FROM + rows * units;
    int beyond = FROM + room * units;
    System.arraycopy(c, end, expected, end, beyond - end);
    assertThat(c).isEqualTo(expected);
  }

  @Test
  void rowsTimesRows() {
    for (int units : new int[] {16, 32, 80}) {
      for (int samples : new int[] {1, 7, BLOCK}) {
        int outputs = 3;
        float[] a = normals(samples * units);
        float[] b = normals(outputs * units);
        float[] init = normals(outputs);
        float[] c = normals(outputs * BLOCK);
        double[] expected = new double[c.length];
        for (int i = 0; i < c.length; i++) {
          expected[i] = c[i];
        }
        for (int output = 0; output < outputs; output++) {
          for (int i = 0; i < samples; i++) {
            double sum = init[FROM + output];
            for (int unit = 0; unit < units; unit++) {
              sum += (double) a[FROM + i * units + unit] * b[FROM + output * units + unit];
            }
            expected[FROM + output * BLOCK + i] = sum;
          }
        }
        RowDots dots =
            new RowDots(
                units,
                new ArrayRange(a, FROM),
                new ArrayRange(b, FROM),
                new ArrayRange(init, FROM),
                new ArrayRange(c, FROM),
                BLOCK);
        kernels().dots(dots, outputs, samples);
        for (int i = 0; i < c.length; i++) {
          assertThat((double) c[i]).as("%s", i).isCloseTo(expected[i], within(2e-5));
        }
      }
    }
  }
}
