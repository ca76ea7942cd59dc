package org.shallownet.backend.cpu.primitives;

import org.shallownet.backend.cpu.primitives.OpenBlas.Buffer;

/** Products by OpenBLAS, tile by tile on every thread of the team. */
final class BlasGemm {
  /** Floats of B that are multiplied at a time. */
  private static final int PANEL_FLOATS = 1 << 22;

  /** Floats of a tile of A and C together: a share of the third cache. */
  private static final int TILE_FLOATS = 1 << 19;

  private static final int MOST_TILE_ROWS = 2048;

  /** Multiplications that make a piece worth handing over and a call worth its copies. */
  private static final int PIECE_MULTIPLICATIONS = 1 << 21;

  /** Samples whose share of a gradient is summed in one go, at least. */
  private static final int LEAST_GRADIENT_ROWS = 512;

  private final WorkerTeam team;
  private final Buffer panel = new Buffer();
  private final Buffer[] buffersA;
  private final Buffer[] buffersB;
  private final Buffer[] buffersC;
  private float[] sums = {};

  BlasGemm(WorkerTeam team) {
    this.team = team;
    buffersA = buffers(team.size());
    buffersB = buffers(team.size());
    buffersC = buffers(team.size());
  }

  private static Buffer[] buffers(int count) {
    Buffer[] buffers = new Buffer[count];
    for (int i = 0; i < count; i++) {
      buffers[i] = new Buffer();
    }
    return buffers;
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
    long room = TILE_FLOATS / ((long) panelDepth + n);
    long worth = PIECE_MULTIPLICATIONS / ((long) panelDepth * n);
    long eighth = (product.m() + 7) / 8;
    long rows = Math.max(worth, Math.min(eighth, room));
    Cut cut = new Cut(product.m(), Math.max(16, Math.min(MOST_TILE_ROWS, rows)));
    panel.reserve(Math.multiplyExact(panelDepth, n));
    for (long p = 0; p < k; p += panelDepth) {
      long first = p;
      int depth = (int) Math.min(panelDepth, k - p);
      fillPanel(product, first, depth);
      team.run(
          cut.pieces(),
          (piece, member) ->
              addPanel(product, first, depth, cut.start(piece), cut.end(piece), member));
    }
  }

  /** Copies rows {@code first …} of {@code op(B)}, as they lie in B. */
  private void fillPanel(Product product, long first, int depth) {
    if (product.transposeB()) {
      copyColumns(product.b(), 0, product.n(), (int) first, depth, panel);
    } else {
      copyColumns(product.b(), first, depth, 0, product.n(), panel);
    }
  }

  private void addPanel(Product product, long first, int depth, long start, long end, int member) {
    int rows = (int) (end - start);
    int n = product.n();
    Buffer a = buffersA[member];
    if (product.transposeA()) {
      copyColumns(product.a(), first, depth, (int) start, rows, a);
    } else {
      copyColumns(product.a(), start, rows, (int) first, depth, a);
    }
    float beta = first == 0 ? product.beta() : 1;
    Buffer c = buffersC[member];
    c.reserve(Math.multiplyExact(rows, n));
    if (beta != 0) {
      copyColumns(product.c(), start, rows, 0, n, c);
    }
    OpenBlas.multiply(
        product.transposeA(),
        product.transposeB(),
        rows,
        n,
        depth,
        product.alpha(),
        a,
        product.transposeA() ? rows : depth,
        panel,
        product.transposeB() ? depth : n,
        beta,
        c,
        n);
    int[] done = {0};
    ArrayRanges.rows(
        start,
        end,
        (arrays, at, count) -> {
          c.get(done[0], arrays[0], at[0], count * n);
          done[0] += count * n;
        },
        product.c());
  }

  /** Copies some columns of some rows, side by side. */
  private static void copyColumns(
      CpuMatrix from, long firstRow, int rows, int firstColumn, int columns, Buffer to) {
    to.reserve(Math.multiplyExact(rows, columns));
    int[] done = {0};
    ArrayRanges.rows(
        firstRow,
        firstRow + rows,
        (arrays, at, count) -> {
          if (columns == from.columns()) {
            to.put(done[0], arrays[0], at[0], count * columns);
            done[0] += count * columns;
          } else {
            for (int row = 0; row < count; row++, done[0] += columns) {
              to.put(done[0], arrays[0], at[0] + row * from.columns() + firstColumn, columns);
            }
          }
        },
        from);
  }

  // Cut over the sums' length, with a sum per piece.

  private void multiplyByDepth(Product product) {
    int size = (int) product.m() * product.n();
    Cut cut = Cut.sums(product.k(), 1, LEAST_GRADIENT_ROWS);
    int pieces = cut.pieces();
    int needed = Math.multiplyExact(pieces, size);
    if (sums.length < needed) {
      sums = new float[needed];
    }
    float[] s = sums;
    team.run(
        pieces,
        (piece, member) -> {
          addOuterProducts(product, cut.start(piece), cut.end(piece), member);
          buffersC[member].get(0, s, piece * size, size);
        });
    PartialSums.combine(product, s, pieces, true);
  }

  /** Puts {@code AᵀB}, of the rows from start to end - 1 only, into the member's tile of C. */
  private void addOuterProducts(Product product, long start, long end, int member) {
    int m = (int) product.m();
    int n = product.n();
    int room = Math.max(16, Math.min(MOST_TILE_ROWS, TILE_FLOATS / (m + n)));
    buffersC[member].reserve(m * n);
    for (long p = start; p < end; p += room) {
      int depth = (int) Math.min(room, end - p);
      copyColumns(product.a(), p, depth, 0, m, buffersA[member]);
      copyColumns(product.b(), p, depth, 0, n, buffersB[member]);
      OpenBlas.multiply(
          true,
          false,
          m,
          n,
          depth,
          1,
          buffersA[member],
          m,
          buffersB[member],
          n,
          p == start ? 0 : 1,
          buffersC[member],
          n);
    }
  }
}
