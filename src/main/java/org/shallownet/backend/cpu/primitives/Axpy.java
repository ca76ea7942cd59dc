package org.shallownet.backend.cpu.primitives;

/**
 * The inner loops of products in Java.
 *
 * <p>HotSpot 17 makes vector code of a loop only where all arrays have the same index. So the rows
 * of an operand are arrays of their own here, and each result begins at index 0.
 */
final class Axpy {
  private static final int UNROLL = 4;

  private Axpy() {}

  /** {@code c[0 … n) += Σ x[fromX + p · strideX] · b[p]} for {@code p} below {@code depth}. */
  static void rows(float[] c, int n, float[] x, int fromX, int strideX, int depth, float[][] b) {
    int p = 0;
    int ix = fromX;
    for (; p <= depth - UNROLL; p += UNROLL, ix += UNROLL * strideX) {
      float x0 = x[ix];
      float x1 = x[ix + strideX];
      float x2 = x[ix + 2 * strideX];
      float x3 = x[ix + 3 * strideX];
      four(c, n, x0, x1, x2, x3, b[p], b[p + 1], b[p + 2], b[p + 3]);
    }
    for (; p < depth; p++, ix += strideX) {
      one(c, n, x[ix], b[p]);
    }
  }

  private static void four(
      float[] c,
      int n,
      float x0,
      float x1,
      float x2,
      float x3,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3) {
    for (int j = 0; j < n; j++) {
      c[j] += (x0 * b0[j] + x1 * b1[j]) + (x2 * b2[j] + x3 * b3[j]);
    }
  }

  private static void one(float[] c, int n, float x, float[] b) {
    for (int j = 0; j < n; j++) {
      c[j] += x * b[j];
    }
  }

  /**
   * {@code c[j] += Σ x[p] · b[j · strideB + p]} for {@code j} from 0 to {@code n - 1}: dot products
   * for results too narrow for vectors.
   */
  static void dots(
      float[] c,
      int fromC,
      int n,
      float[] x,
      int fromX,
      int depth,
      float[] b,
      int fromB,
      int strideB) {
    int j = 0;
    for (; j <= n - 4; j += 4) {
      int b0 = fromB + j * strideB;
      int b1 = b0 + strideB;
      int b2 = b1 + strideB;
      int b3 = b2 + strideB;
      float s0 = 0;
      float s1 = 0;
      float s2 = 0;
      float s3 = 0;
      for (int p = 0; p < depth; p++) {
        float value = x[fromX + p];
        s0 += value * b[b0 + p];
        s1 += value * b[b1 + p];
        s2 += value * b[b2 + p];
        s3 += value * b[b3 + p];
      }
      c[fromC + j] += s0;
      c[fromC + j + 1] += s1;
      c[fromC + j + 2] += s2;
      c[fromC + j + 3] += s3;
    }
    for (; j < n; j++) {
      c[fromC + j] += dot(x, fromX, b, fromB + j * strideB, depth);
    }
  }

  private static float dot(float[] x, int fromX, float[] y, int fromY, int depth) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int p = 0;
    for (; p <= depth - 4; p += 4) {
      s0 += x[fromX + p] * y[fromY + p];
      s1 += x[fromX + p + 1] * y[fromY + p + 1];
      s2 += x[fromX + p + 2] * y[fromY + p + 2];
      s3 += x[fromX + p + 3] * y[fromY + p + 3];
    }
    for (; p < depth; p++) {
      s0 += x[fromX + p] * y[fromY + p];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
