package org.shallownet.backend.cpu;

/** The inner loops of products in Java, written so that HotSpot turns them into vector code. */
final class Axpy {
  private static final int UNROLL = 8;

  private Axpy() {}

  /**
   * {@code c[0 … n) += Σ x[p] · row p of b} for {@code p} from 0 to {@code depth - 1}.
   *
   * @param strideB how far apart the rows of b begin
   */
  static void rows(
      float[] c,
      int fromC,
      int n,
      float[] x,
      int fromX,
      int strideX,
      int depth,
      float[] b,
      int fromB,
      int strideB) {
    int p = 0;
    for (; p <= depth - UNROLL; p += UNROLL) {
      int ix = fromX + p * strideX;
      int ib = fromB + p * strideB;
      eight(
          c,
          fromC,
          n,
          x[ix],
          x[ix + strideX],
          x[ix + 2 * strideX],
          x[ix + 3 * strideX],
          x[ix + 4 * strideX],
          x[ix + 5 * strideX],
          x[ix + 6 * strideX],
          x[ix + 7 * strideX],
          b,
          ib,
          strideB);
    }
    for (; p < depth; p++) {
      one(c, fromC, n, x[fromX + p * strideX], b, fromB + p * strideB);
    }
  }

  private static void eight(
      float[] c,
      int fromC,
      int n,
      float x0,
      float x1,
      float x2,
      float x3,
      float x4,
      float x5,
      float x6,
      float x7,
      float[] b,
      int b0,
      int stride) {
    int b1 = b0 + stride;
    int b2 = b1 + stride;
    int b3 = b2 + stride;
    int b4 = b3 + stride;
    int b5 = b4 + stride;
    int b6 = b5 + stride;
    int b7 = b6 + stride;
    for (int j = 0; j < n; j++) {
      c[fromC + j] +=
          (x0 * b[b0 + j] + x1 * b[b1 + j])
              + (x2 * b[b2 + j] + x3 * b[b3 + j])
              + ((x4 * b[b4 + j] + x5 * b[b5 + j]) + (x6 * b[b6 + j] + x7 * b[b7 + j]));
    }
  }

  private static void one(float[] c, int fromC, int n, float x, float[] b, int fromB) {
    for (int j = 0; j < n; j++) {
      c[fromC + j] += x * b[fromB + j];
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
