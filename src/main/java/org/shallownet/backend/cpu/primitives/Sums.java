package org.shallownet.backend.cpu.primitives;

import java.util.Arrays;

/** Sums over many elements, in an order that the shape alone decides. */
public final class Sums {
  private static final int LEAST_ELEMENTS = 1 << 14;

  /** Rows that are added in float before their sum goes on in double. */
  private static final int FLOAT_ROWS = 32;

  /** Rows of at least this many columns are cut by columns instead. */
  private static final int WIDE = 4096;

  private Sums() {}

  /** A sum over some elements of an array. */
  private interface Sum {
    double of(float[] array, int from, int count);
  }

  /** {@code Σ m²} in double. */
  static double squares(WorkerTeam team, CpuMatrix m) {
    return sum(team, m, Sums::squares);
  }

  /** {@code Σ |m|} in double. */
  static double absolutes(WorkerTeam team, CpuMatrix m) {
    return sum(team, m, Sums::absolutes);
  }

  private static double absolutes(float[] array, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += Math.abs((double) array[i]);
    }
    return sum;
  }

  private static double sum(WorkerTeam team, CpuMatrix m, Sum part) {
    int columns = m.columns();
    boolean flat = m.rows() == 1;
    Cut cut =
        flat ? Cut.sums(columns, 1, LEAST_ELEMENTS) : Cut.sums(m.rows(), columns, LEAST_ELEMENTS);
    double[] sums = new double[cut.pieces()];
    team.run(
        sums.length,
        (piece, member) -> {
          long start = cut.start(piece);
          long end = cut.end(piece);
          if (flat) {
            int from = m.position(0) + (int) start;
            sums[piece] = part.of(m.array(0), from, (int) (end - start));
          } else {
            ArrayRanges.rows(
                start,
                end,
                (arrays, at, rows) -> sums[piece] += part.of(arrays[0], at[0], rows * columns),
                m);
          }
        });
    return Arrays.stream(sums).reduce(0, Double::sum);
  }

  private static double squares(float[] array, int from, int count) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int to = from + count;
    int i = from;
    for (; i <= to - 4; i += 4) {
      s0 += (double) array[i] * array[i];
      s1 += (double) array[i + 1] * array[i + 1];
      s2 += (double) array[i + 2] * array[i + 2];
      s3 += (double) array[i + 3] * array[i + 3];
    }
    for (; i < to; i++) {
      s0 += (double) array[i] * array[i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  /** {@code out = β out + Σ rows of m}. */
  static void rows(WorkerTeam team, CpuMatrix m, float beta, float[] out, int from) {
    int columns = m.columns();
    double[] total = new double[columns];
    if (columns >= WIDE) {
      Cut cut = new Cut(columns, WIDE / 4);
      team.run(
          cut.pieces(),
          (piece, member) -> {
            int start = (int) cut.start(piece);
            addRows(m, 0, m.rows(), start, (int) cut.end(piece) - start, total);
          });
    } else {
      Cut cut = Cut.sums(m.rows(), columns, LEAST_ELEMENTS);
      double[][] sums = new double[cut.pieces()][columns];
      team.run(
          sums.length,
          (piece, member) -> addRows(m, cut.start(piece), cut.end(piece), 0, columns, sums[piece]));
      for (double[] sum : sums) {
        for (int j = 0; j < columns; j++) {
          total[j] += sum[j];
        }
      }
    }
    for (int j = 0; j < columns; j++) {
      double before = beta == 0 ? 0 : (double) beta * out[from + j];
      out[from + j] = (float) (before + total[j]);
    }
  }

  private static void addRows(
      CpuMatrix m, long start, long end, int firstColumn, int count, double[] sum) {
    float[] partial = new float[count];
    for (long row = start; row < end; row += FLOAT_ROWS) {
      long last = Math.min(end, row + FLOAT_ROWS);
      Arrays.fill(partial, 0);
      for (long r = row; r < last; r++) {
        add(m.array(r), m.position(r) + firstColumn, partial);
      }
      for (int j = 0; j < count; j++) {
        sum[firstColumn + j] += partial[j];
      }
    }
  }

  private static void add(float[] values, int from, float[] sum) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += values[from + j];
    }
  }
}
