package org.shallownet.backend.cpu.primitives;

import java.util.Arrays;

/** Products in Java alone. Made for few columns and any number of rows. */
final class JavaGemm {
  /** A panel of B of this many floats stays in a core's second cache. */
  private static final int PANEL_FLOATS = 1 << 16;

  /** Multiplications that make a piece worth handing over. */
  private static final int PIECE_MULTIPLICATIONS = 1 << 19;

  /** Results with fewer columns are computed as dot products. */
  private static final int NARROW = 8;

  /** Samples whose share of a gradient is summed in one go, at least. */
  private static final int LEAST_GRADIENT_ROWS = 256;

  /** Rows of both operands that a gradient takes up at a time. */
  private static final int GRADIENT_DEPTH = 8;

  private final WorkerTeam team;
  private final Scratch[] scratches;
  private float[][] panelRows = {};
  private float[] panelColumns = {};
  private float[] sums = {};

  JavaGemm(WorkerTeam team) {
    this.team = team;
    this.scratches = new Scratch[team.size()];
    for (int i = 0; i < scratches.length; i++) {
      scratches[i] = new Scratch();
    }
  }

  /** Arrays of one member of the team, kept from call to call. */
  private static final class Scratch {
    float[] coefficients = {};
    float[] result = {};
    float[][] rows = {};
    float[][] results = {};
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
    for (long p = 0; p < k; p += panelDepth) {
      long first = p;
      int depth = (int) Math.min(panelDepth, k - p);
      if (n < NARROW) {
        fillColumns(product, first, depth);
      } else {
        fillRows(product, first, depth);
      }
      team.run(
          cut.pieces(),
          (piece, member) ->
              addPanel(product, first, depth, cut.start(piece), cut.end(piece), scratches[member]));
    }
  }

  /** Copies rows {@code first …} of {@code op(B)}, each to an array of its own. */
  private void fillRows(Product product, long first, int depth) {
    CpuMatrix b = product.b();
    int n = product.n();
    panelRows = atLeast(panelRows, depth, n);
    if (product.transposeB()) {
      for (int j = 0; j < n; j++) {
        float[] array = b.array(j);
        int from = b.position(j) + (int) first;
        for (int p = 0; p < depth; p++) {
          panelRows[p][j] = array[from + p];
        }
      }
    } else {
      for (int p = 0; p < depth; p++) {
        System.arraycopy(b.array(first + p), b.position(first + p), panelRows[p], 0, n);
      }
    }
  }

  /** Copies rows {@code first …} of {@code op(B)}, column after column. */
  private void fillColumns(Product product, long first, int depth) {
    CpuMatrix b = product.b();
    int n = product.n();
    panelColumns = atLeast(panelColumns, depth * n);
    if (product.transposeB()) {
      for (int j = 0; j < n; j++) {
        System.arraycopy(b.array(j), b.position(j) + (int) first, panelColumns, j * depth, depth);
      }
    } else {
      for (int p = 0; p < depth; p++) {
        float[] array = b.array(first + p);
        int from = b.position(first + p);
        for (int j = 0; j < n; j++) {
          panelColumns[j * depth + p] = array[from + j];
        }
      }
    }
  }

  private void addPanel(
      Product product, long first, int depth, long start, long end, Scratch scratch) {
    int n = product.n();
    scratch.coefficients = atLeast(scratch.coefficients, depth);
    scratch.result = atLeast(scratch.result, n);
    float[] x = scratch.coefficients;
    float[] result = scratch.result;
    CpuMatrix c = product.c();
    CpuMatrix a = product.a();
    if (product.transposeA()) {
      for (long row = start; row < end; row++) {
        readColumn(a, (int) row, first, depth, product.alpha(), x);
        addRow(product, first == 0, depth, x, result, c.array(row), c.position(row));
      }
      return;
    }
    ArrayRanges.rows(
        start,
        end,
        (arrays, at, rows) -> {
          int from = at[0] + (int) first;
          int fromC = at[1];
          for (int row = 0; row < rows; row++, from += a.columns(), fromC += n) {
            scaled(arrays[0], from, product.alpha(), depth, x);
            addRow(product, first == 0, depth, x, result, arrays[1], fromC);
          }
        },
        a,
        c);
  }

  /** Adds the panel's share to one row of C, {@code x} times the panel. */
  private void addRow(
      Product product, boolean first, int depth, float[] x, float[] result, float[] c, int from) {
    int n = product.n();
    Arrays.fill(result, 0, n, 0);
    if (n < NARROW) {
      Axpy.dots(result, 0, n, x, 0, depth, panelColumns, 0, depth);
    } else {
      Axpy.rows(result, n, x, 0, 1, depth, panelRows);
    }
    if (first) {
      PartialSums.scale(c, from, n, product.beta());
    }
    for (int j = 0; j < n; j++) {
      c[from + j] += result[j];
    }
  }

  private static void scaled(float[] array, int from, float alpha, int count, float[] x) {
    for (int p = 0; p < count; p++) {
      x[p] = alpha * array[from + p];
    }
  }

  /** {@code x = α · (elements first … first + depth - 1 of a column of A)}. */
  private static void readColumn(
      CpuMatrix a, int column, long first, int depth, float alpha, float[] x) {
    int p = 0;
    while (p < depth) {
      float[] array = a.array(first + p);
      int from = a.position(first + p) + column;
      int count = (int) Math.min(depth - p, a.rowsFrom(first + p));
      for (int i = 0; i < count; i++) {
        x[p + i] = alpha * array[from + i * a.columns()];
      }
      p += count;
    }
  }

  // Cut over the sums' length, with a sum per piece.

  private void multiplyByDepth(Product product) {
    int size = (int) product.m() * product.n();
    // The longer side of the result is the one the inner loop runs along.
    boolean byRows = product.n() >= product.m();
    CpuMatrix outer = byRows ? product.a() : product.b();
    CpuMatrix inner = byRows ? product.b() : product.a();
    Cut cut = Cut.sums(product.k(), 1, LEAST_GRADIENT_ROWS);
    int pieces = cut.pieces();
    sums = atLeast(sums, Math.multiplyExact(pieces, size));
    float[] s = sums;
    team.run(
        pieces,
        (piece, member) -> {
          Scratch scratch = scratches[member];
          sumOuterProducts(outer, inner, cut.start(piece), cut.end(piece), scratch);
          int n = inner.columns();
          for (int i = 0; i < outer.columns(); i++) {
            System.arraycopy(scratch.results[i], 0, s, piece * size + i * n, n);
          }
        });
    PartialSums.combine(product, s, pieces, byRows);
  }

  /** {@code results[i][j] = Σ outer[p, i] · inner[p, j]} over the rows p from start to end - 1. */
  private static void sumOuterProducts(
      CpuMatrix outer, CpuMatrix inner, long start, long end, Scratch scratch) {
    int m = outer.columns();
    int n = inner.columns();
    scratch.results = atLeast(scratch.results, m, n);
    scratch.rows = atLeast(scratch.rows, GRADIENT_DEPTH, n);
    for (int i = 0; i < m; i++) {
      Arrays.fill(scratch.results[i], 0, n, 0);
    }
    long p = start;
    while (p < end) {
      // Few rows at a time: they stay in the first cache while every row of the sum passes.
      int depth = (int) Math.min(Math.min(GRADIENT_DEPTH, outer.rowsFrom(p)), end - p);
      for (int q = 0; q < depth; q++) {
        System.arraycopy(inner.array(p + q), inner.position(p + q), scratch.rows[q], 0, n);
      }
      float[] x = outer.array(p);
      int from = outer.position(p);
      for (int i = 0; i < m; i++) {
        Axpy.rows(scratch.results[i], n, x, from + i, m, depth, scratch.rows);
      }
      p += depth;
    }
  }

  private static float[] atLeast(float[] array, int length) {
    return array.length >= length ? array : new float[length];
  }

  private static float[][] atLeast(float[][] arrays, int rows, int length) {
    boolean enough = arrays.length >= rows && (rows == 0 || arrays[0].length >= length);
    return enough ? arrays : new float[rows][length];
  }
}
