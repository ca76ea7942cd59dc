package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.backend.cpu.tiled.RowDots;
import org.shallownet.backend.cpu.tiled.RowKernels;
import org.shallownet.backend.cpu.tiled.RowProduct;

/**
 * Products of samples that lie row by row, by vectors of units: see {@link RowKernels}. Sums have
 * names of their own for the reason that {@link VectorProducts} gives.
 */
final class VectorRows {
  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  private VectorRows() {}

  /** See {@link RowKernels#multiply}. */
  static void multiply(RowProduct p, int rows, int depth) {
    int units = p.units();
    int unit = 0;
    for (; unit + 4 * L <= units; unit += 4 * L) {
      if (depth == 1 && p.initStride() == 0) {
        outer(p, rows, unit);
        continue;
      }
      int row = 0;
      for (; row + 2 < rows; row += RowKernels.ROWS) {
        fourVectors(p, row, unit, depth);
      }
      for (; row < rows; row++) {
        oneRow(p, row, unit, depth);
      }
    }
    for (; unit < units; unit += L) {
      for (int row = 0; row < rows; row += RowKernels.ROWS) {
        oneVector(p, row, unit, depth);
      }
    }
  }

  /** All rows by four vectors, where a sum has one product and rows begin alike. */
  private static void outer(RowProduct p, int rows, int unit) {
    float[] init = p.init().array();
    int i = p.init().from() + unit;
    FloatVector i0 = fromArray(F, init, i);
    FloatVector i1 = fromArray(F, init, i + L);
    FloatVector i2 = fromArray(F, init, i + 2 * L);
    FloatVector i3 = fromArray(F, init, i + 3 * L);
    float[] b = p.b().array();
    int from = p.b().from() + unit;
    FloatVector b0 = fromArray(F, b, from);
    FloatVector b1 = fromArray(F, b, from + L);
    FloatVector b2 = fromArray(F, b, from + 2 * L);
    FloatVector b3 = fromArray(F, b, from + 3 * L);
    float[] a = p.a().array();
    float[] c = p.c().array();
    int at = p.a().from();
    int to = p.c().from() + unit;
    for (int row = 0; row < rows; row++, at += p.rowStride(), to += p.units()) {
      FloatVector v = broadcast(F, a[at]);
      v.fma(b0, i0).intoArray(c, to);
      v.fma(b1, i1).intoArray(c, to + L);
      v.fma(b2, i2).intoArray(c, to + 2 * L);
      v.fma(b3, i3).intoArray(c, to + 3 * L);
    }
  }

  /** A row by four vectors. */
  private static void oneRow(RowProduct p, int row, int unit, int depth) {
    float[] init = p.init().array();
    int i = p.init().from() + row * p.initStride() + unit;
    FloatVector c0 = fromArray(F, init, i);
    FloatVector c1 = fromArray(F, init, i + L);
    FloatVector c2 = fromArray(F, init, i + 2 * L);
    FloatVector c3 = fromArray(F, init, i + 3 * L);
    float[] a = p.a().array();
    float[] b = p.b().array();
    int at = p.a().from() + row * p.rowStride();
    int from = p.b().from() + unit;
    for (int k = 0; k < depth; k++, at += p.depthStride(), from += p.units()) {
      FloatVector v = broadcast(F, a[at]);
      c0 = v.fma(fromArray(F, b, from), c0);
      c1 = v.fma(fromArray(F, b, from + L), c1);
      c2 = v.fma(fromArray(F, b, from + 2 * L), c2);
      c3 = v.fma(fromArray(F, b, from + 3 * L), c3);
    }
    float[] c = p.c().array();
    int to = p.c().from() + row * p.units() + unit;
    c0.intoArray(c, to);
    c1.intoArray(c, to + L);
    c2.intoArray(c, to + 2 * L);
    c3.intoArray(c, to + 3 * L);
  }

  /** Four rows by four vectors. */
  private static void fourVectors(RowProduct p, int row, int unit, int depth) {
    float[] a = p.a().array();
    float[] b = p.b().array();
    int units = p.units();
    int stride = p.rowStride();
    int step = p.depthStride();
    float[] init = p.init().array();
    int i = p.init().from() + row * p.initStride() + unit;
    FloatVector c00 = fromArray(F, init, i);
    FloatVector c01 = fromArray(F, init, i + L);
    FloatVector c02 = fromArray(F, init, i + 2 * L);
    FloatVector c03 = fromArray(F, init, i + 3 * L);
    i += p.initStride();
    FloatVector c10 = fromArray(F, init, i);
    FloatVector c11 = fromArray(F, init, i + L);
    FloatVector c12 = fromArray(F, init, i + 2 * L);
    FloatVector c13 = fromArray(F, init, i + 3 * L);
    i += p.initStride();
    FloatVector c20 = fromArray(F, init, i);
    FloatVector c21 = fromArray(F, init, i + L);
    FloatVector c22 = fromArray(F, init, i + 2 * L);
    FloatVector c23 = fromArray(F, init, i + 3 * L);
    i += p.initStride();
    FloatVector c30 = fromArray(F, init, i);
    FloatVector c31 = fromArray(F, init, i + L);
    FloatVector c32 = fromArray(F, init, i + 2 * L);
    FloatVector c33 = fromArray(F, init, i + 3 * L);
    int at = p.a().from() + row * stride;
    int from = p.b().from() + unit;
    for (int k = 0; k < depth; k++, at += step, from += units) {
      FloatVector b0 = fromArray(F, b, from);
      FloatVector b1 = fromArray(F, b, from + L);
      FloatVector b2 = fromArray(F, b, from + 2 * L);
      FloatVector b3 = fromArray(F, b, from + 3 * L);
      FloatVector v = broadcast(F, a[at]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      c02 = v.fma(b2, c02);
      c03 = v.fma(b3, c03);
      v = broadcast(F, a[at + stride]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      c12 = v.fma(b2, c12);
      c13 = v.fma(b3, c13);
      v = broadcast(F, a[at + 2 * stride]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      c22 = v.fma(b2, c22);
      c23 = v.fma(b3, c23);
      v = broadcast(F, a[at + 3 * stride]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
      c32 = v.fma(b2, c32);
      c33 = v.fma(b3, c33);
    }
    float[] c = p.c().array();
    int to = p.c().from() + row * units + unit;
    c00.intoArray(c, to);
    c01.intoArray(c, to + L);
    c02.intoArray(c, to + 2 * L);
    c03.intoArray(c, to + 3 * L);
    to += units;
    c10.intoArray(c, to);
    c11.intoArray(c, to + L);
    c12.intoArray(c, to + 2 * L);
    c13.intoArray(c, to + 3 * L);
    to += units;
    c20.intoArray(c, to);
    c21.intoArray(c, to + L);
    c22.intoArray(c, to + 2 * L);
    c23.intoArray(c, to + 3 * L);
    to += units;
    c30.intoArray(c, to);
    c31.intoArray(c, to + L);
    c32.intoArray(c, to + 2 * L);
    c33.intoArray(c, to + 3 * L);
  }

  /** Four rows by one vector. */
  private static void oneVector(RowProduct p, int row, int unit, int depth) {
    float[] a = p.a().array();
    float[] b = p.b().array();
    int units = p.units();
    int stride = p.rowStride();
    int step = p.depthStride();
    float[] init = p.init().array();
    int i = p.init().from() + row * p.initStride() + unit;
    FloatVector c0 = fromArray(F, init, i);
    FloatVector c1 = fromArray(F, init, i + p.initStride());
    FloatVector c2 = fromArray(F, init, i + 2 * p.initStride());
    FloatVector c3 = fromArray(F, init, i + 3 * p.initStride());
    int at = p.a().from() + row * stride;
    int from = p.b().from() + unit;
    for (int k = 0; k < depth; k++, at += step, from += units) {
      FloatVector v = fromArray(F, b, from);
      c0 = v.fma(broadcast(F, a[at]), c0);
      c1 = v.fma(broadcast(F, a[at + stride]), c1);
      c2 = v.fma(broadcast(F, a[at + 2 * stride]), c2);
      c3 = v.fma(broadcast(F, a[at + 3 * stride]), c3);
    }
    float[] c = p.c().array();
    int to = p.c().from() + row * units + unit;
    c0.intoArray(c, to);
    c1.intoArray(c, to + units);
    c2.intoArray(c, to + 2 * units);
    c3.intoArray(c, to + 3 * units);
  }

  /**
   * See {@link RowKernels#dots}.
   *
   * @param lanes room for a vector for each sample
   */
  static void dots(RowDots p, int outputs, int samples, float[] lanes) {
    float[] init = p.init().array();
    for (int output = 0; output < outputs; output++) {
      products(p, output, samples, lanes);
      float[] c = p.c().array();
      int to = p.c().from() + output * p.stride();
      VectorProducts.sumLanes(lanes, samples, c, to);
      float start = init[p.init().from() + output];
      for (int i = to; i < to + samples; i++) {
        c[i] += start;
      }
    }
  }

  private static void products(RowDots p, int output, int samples, float[] lanes) {
    float[] a = p.a().array();
    float[] b = p.b().array();
    int units = p.units();
    int w = p.b().from() + output * units;
    for (int i = 0; i < samples; i++) {
      int x = p.a().from() + i * units;
      FloatVector sum = fromArray(F, a, x).mul(fromArray(F, b, w));
      for (int unit = L; unit < units; unit += L) {
        sum = fromArray(F, a, x + unit).fma(fromArray(F, b, w + unit), sum);
      }
      sum.intoArray(lanes, i * L);
    }
  }
}
