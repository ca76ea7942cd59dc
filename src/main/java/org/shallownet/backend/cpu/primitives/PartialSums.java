package org.shallownet.backend.cpu.primitives;

import java.util.Arrays;

/** How products end whose sums were cut into pieces. */
final class PartialSums {
  private PartialSums() {}

  /**
   * {@code C = α Σ sums + β C}, the pieces added in their order.
   *
   * @param sums one matrix of the size of C for each piece, row by row, all in one array
   * @param byRows whether these matrices have the rows of C; else they are its transpose
   */
  static void combine(Product product, float[] sums, int pieces, boolean byRows) {
    CpuMatrix c = product.c();
    int m = (int) product.m();
    int n = product.n();
    int size = m * n;
    for (int i = 0; i < m; i++) {
      float[] array = c.array(i);
      int from = c.position(i);
      scale(array, from, n, product.beta());
      for (int j = 0; j < n; j++) {
        double sum = 0;
        int at = byRows ? i * n + j : j * m + i;
        for (int piece = 0; piece < pieces; piece++, at += size) {
          sum += sums[at];
        }
        array[from + j] += product.alpha() * (float) sum;
      }
    }
  }

  /** {@code c = β c}; with β = 0 it is 0 whatever c holds. */
  static void scale(float[] c, int from, int count, float beta) {
    if (beta == 0) {
      Arrays.fill(c, from, from + count, 0);
    } else if (beta != 1) {
      for (int i = from; i < from + count; i++) {
        c[i] *= beta;
      }
    }
  }
}
