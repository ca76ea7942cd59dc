package org.shallownet.backend.cpu;

import java.util.Arrays;

/** Products in Java alone. Made for few columns and any number of rows. */
final class JavaGemm {
  /** A panel of B of this many floats stays in a core's second cache. */
  private static final int PANEL_FLOATS = 1 << 16;

  /** Multiplications that make a piece worth handing over. */
  private static final int PIECE_MULTIPLICATIONS = 1 << 19;

  /** Results with fewer columns are computed as dot products. */
  private static final int NARROW = 16;

  /** Samples whose share of a gradient is summed in one go, at least. */
  private static final int LEAST_GRADIENT_ROWS = 256;

  private final WorkerTeam team;
  private final float[][] coefficients;
  private float[] panel = {};
  private float[] sums = {};

  JavaGemm(WorkerTeam team) {
    this.team = team;
    this.coefficients = new float[team.size()][0];
  }

  void multiply(Product product) {
    if (product.isGradient()) {
      multiplyByDepth(product);
    } else {
      multiplyByRows(product);
    }
  }

  // Cut over the rows of C, one panel of B after the other.

  private void multiplyByRows(Product product) {
    int n = product.n();
    long k = product.k();
    int panelDepth = (int) Math.min(k, Math.max(1, PANEL_FLOATS / n));
    long rowsPerPiece = Math.max(1, PIECE_MULTIPLICATIONS / ((long) n * panelDepth));
    Cut cut = new Cut(product.m(), rowsPerPiece);
    for (int i = 0; i < coefficients.length; i++) {
      coefficients[i] = atLeast(coefficients[i], panelDepth);
    }
    for (long p = 0; p < k; p += panelDepth) {
      Panel b = panelOf(product, p, (int) Math.min(panelDepth, k - p));
      boolean first = p == 0;
      team.run(
          cut.pieces(),
          (piece, member) ->
              addPanel(product, b, first, cut.start(piece), cut.end(piece), coefficients[member]));
    }
  }

  /** Rows {@code firstP …} of {@code op(B)}: row by row, or column by column for narrow results. */
  private static final class Panel {
    final long firstP;
    final int depth;
    final float[] array;
    final int from;

    /** How far apart the rows (columns) begin. */
    final int stride;

    Panel(long firstP, int depth, float[] array, int from, int stride) {
      this.firstP = firstP;
      this.depth = depth;
      this.array = array;
      this.from = from;
      this.stride = stride;
    }
  }

  private Panel panelOf(Product product, long firstP, int depth) {
    CpuMatrix b = product.b();
    int n = product.n();
    boolean narrow = n < NARROW;
    if (product.transposeB()) {
      if (narrow && b.rowsFrom(0) == n) {
        return new Panel(firstP, depth, b.array(0), b.position(0) + (int) firstP, b.columns());
      }
    } else if (!narrow && b.rowsFrom(firstP) >= depth) {
      return new Panel(firstP, depth, b.array(firstP), b.position(firstP), n);
    }
    panel = atLeast(panel, Math.multiplyExact(depth, n));
    int strideP = narrow ? 1 : n;
    int strideJ = narrow ? depth : 1;
    if (product.transposeB()) {
      for (int j = 0; j < n; j++) {
        float[] array = b.array(j);
        int from = b.position(j) + (int) firstP;
        for (int p = 0; p < depth; p++) {
          panel[p * strideP + j * strideJ] = array[from + p];
        }
      }
    } else {
      for (int p = 0; p < depth; p++) {
        float[] array = b.array(firstP + p);
        int from = b.position(firstP + p);
        for (int j = 0; j < n; j++) {
          panel[p * strideP + j * strideJ] = array[from + j];
        }
      }
    }
    return new Panel(firstP, depth, panel, 0, narrow ? depth : n);
  }

  private static void addPanel(
      Product product, Panel panel, boolean first, long start, long end, float[] x) {
    CpuMatrix c = product.c();
    int n = c.columns();
    for (long row = start; row < end; row++) {
      float[] array = c.array(row);
      int from = c.position(row);
      if (first) {
        PartialSums.scale(array, from, n, product.beta());
      }
      readCoefficients(product, row, panel, x);
      if (n < NARROW) {
        Axpy.dots(array, from, n, x, 0, panel.depth, panel.array, panel.from, panel.stride);
      } else {
        Axpy.rows(array, from, n, x, 0, 1, panel.depth, panel.array, panel.from, panel.stride);
      }
    }
  }

  /** {@code x = α · (row of op(A))} for the panel's stretch of the sum. */
  private static void readCoefficients(Product product, long row, Panel panel, float[] x) {
    CpuMatrix a = product.a();
    float alpha = product.alpha();
    int depth = panel.depth;
    if (product.transposeA()) {
      int column = (int) row;
      int p = 0;
      while (p < depth) {
        long first = panel.firstP + p;
        float[] array = a.array(first);
        int from = a.position(first) + column;
        int count = (int) Math.min(depth - p, a.rowsFrom(first));
        for (int i = 0; i < count; i++) {
          x[p + i] = alpha * array[from + i * a.columns()];
        }
        p += count;
      }
    } else {
      float[] array = a.array(row);
      int from = a.position(row) + (int) panel.firstP;
      for (int p = 0; p < depth; p++) {
        x[p] = alpha * array[from + p];
      }
    }
  }

  // Cut over the sums' length, with a sum per piece.

  private void multiplyByDepth(Product product) {
    int m = (int) product.m();
    int n = product.n();
    int size = m * n;
    // The longer side of the result is the one the inner loop runs along.
    boolean across = n >= m;
    Cut cut = Cut.sums(product.k(), 1, LEAST_GRADIENT_ROWS);
    int pieces = cut.pieces();
    sums = atLeast(sums, Math.multiplyExact(pieces, size));
    float[] s = sums;
    team.run(
        pieces,
        (piece, member) -> {
          Arrays.fill(s, piece * size, (piece + 1) * size, 0);
          CpuMatrix outer = across ? product.a() : product.b();
          CpuMatrix inner = across ? product.b() : product.a();
          addOuterProducts(outer, inner, cut.start(piece), cut.end(piece), s, piece * size);
        });
    PartialSums.combine(product, s, pieces, across);
  }

  /** {@code sum[i, j] += Σ outer[p, i] · inner[p, j]} over the rows p from start to end - 1. */
  private static void addOuterProducts(
      CpuMatrix outer, CpuMatrix inner, long start, long end, float[] sum, int fromSum) {
    int m = outer.columns();
    int n = inner.columns();
    long p = start;
    while (p < end) {
      long together = Math.min(outer.rowsFrom(p), inner.rowsFrom(p));
      // Few rows at a time: they stay in the first cache while every row of the sum passes.
      int depth = (int) Math.min(8, Math.min(together, end - p));
      float[] x = outer.array(p);
      int fromX = outer.position(p);
      float[] b = inner.array(p);
      int fromB = inner.position(p);
      for (int i = 0; i < m; i++) {
        Axpy.rows(sum, fromSum + i * n, n, x, fromX + i, m, depth, b, fromB, n);
      }
      p += depth;
    }
  }

  private static float[] atLeast(float[] array, int length) {
    return array.length >= length ? array : new float[length];
  }
}
