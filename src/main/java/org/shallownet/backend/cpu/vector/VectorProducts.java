package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.backend.cpu.tiled.TileKernels;

/**
 * Small products, four rows by four vectors of samples at a time: 16 sums and what they are made of
 * fit the registers of AVX-512.
 *
 * <p>The vector API is called in the loops themselves and the sums have names of their own:
 * wrappers and arrays would defeat the compiler, which then allocates every vector.
 */
final class VectorProducts {
  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  /**
   * Samples of a group. The loops over them have this constant length, so that the compiler unrolls
   * them; sums that run through two loops would be allocated in each round.
   */
  static final int GROUP = 64;

  private VectorProducts() {}

  /** See {@link TileKernels#affine}. */
  static void affine(
      int block,
      float[] theta,
      int w,
      int stride,
      int b,
      int rows,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ) {
    for (int i = 0; i < block; i += 4 * L) {
      for (int row = 0; row < rows; row += 4) {
        affineOfFour(
            block,
            theta,
            w + row / 4 * stride,
            b + row,
            x,
            fromX + i,
            inputs,
            z,
            fromZ + row * block + i);
      }
    }
  }

  /**
   * Four rows by four vectors: a method of its own, which is compiled sooner than a nest of loops.
   */
  private static void affineOfFour(
      int block,
      float[] theta,
      int w,
      int b,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ) {
    FloatVector z00 = broadcast(F, theta[b]);
    FloatVector z01 = z00;
    FloatVector z02 = z00;
    FloatVector z03 = z00;
    FloatVector z10 = broadcast(F, theta[b + 1]);
    FloatVector z11 = z10;
    FloatVector z12 = z10;
    FloatVector z13 = z10;
    FloatVector z20 = broadcast(F, theta[b + 2]);
    FloatVector z21 = z20;
    FloatVector z22 = z20;
    FloatVector z23 = z20;
    FloatVector z30 = broadcast(F, theta[b + 3]);
    FloatVector z31 = z30;
    FloatVector z32 = z30;
    FloatVector z33 = z30;
    for (int k = 0; k < inputs; k++) {
      int xk = fromX + k * block;
      int wk = w + 4 * k;
      FloatVector x0 = fromArray(F, x, xk);
      FloatVector x1 = fromArray(F, x, xk + L);
      FloatVector x2 = fromArray(F, x, xk + 2 * L);
      FloatVector x3 = fromArray(F, x, xk + 3 * L);
      FloatVector v = broadcast(F, theta[wk]);
      z00 = v.fma(x0, z00);
      z01 = v.fma(x1, z01);
      z02 = v.fma(x2, z02);
      z03 = v.fma(x3, z03);
      v = broadcast(F, theta[wk + 1]);
      z10 = v.fma(x0, z10);
      z11 = v.fma(x1, z11);
      z12 = v.fma(x2, z12);
      z13 = v.fma(x3, z13);
      v = broadcast(F, theta[wk + 2]);
      z20 = v.fma(x0, z20);
      z21 = v.fma(x1, z21);
      z22 = v.fma(x2, z22);
      z23 = v.fma(x3, z23);
      v = broadcast(F, theta[wk + 3]);
      z30 = v.fma(x0, z30);
      z31 = v.fma(x1, z31);
      z32 = v.fma(x2, z32);
      z33 = v.fma(x3, z33);
    }
    int to = fromZ;
    z00.intoArray(z, to);
    z01.intoArray(z, to + L);
    z02.intoArray(z, to + 2 * L);
    z03.intoArray(z, to + 3 * L);
    to += block;
    z10.intoArray(z, to);
    z11.intoArray(z, to + L);
    z12.intoArray(z, to + 2 * L);
    z13.intoArray(z, to + 3 * L);
    to += block;
    z20.intoArray(z, to);
    z21.intoArray(z, to + L);
    z22.intoArray(z, to + 2 * L);
    z23.intoArray(z, to + 3 * L);
    to += block;
    z30.intoArray(z, to);
    z31.intoArray(z, to + L);
    z32.intoArray(z, to + 2 * L);
    z33.intoArray(z, to + 3 * L);
  }

  /** See {@link TileKernels#outer}; the strides are those of groups of samples. */
  static void outer(
      int block,
      float[] d,
      int fromD,
      int strideD,
      int rows,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int groups,
      float[] g) {
    int at = 0;
    for (int row = 0; row < rows; row += 4) {
      for (int k = 0; k < inputs; k += 4, at += 16 * L) {
        outerOfFour(
            block, d, fromD + row * block, strideD, x, fromX + k * block, strideX, groups, g, at);
      }
    }
  }

  /** Four rows by four. */
  private static void outerOfFour(
      int block,
      float[] d,
      int fromD,
      int strideD,
      float[] x,
      int fromX,
      int strideX,
      int groups,
      float[] g,
      int at) {
    FloatVector g00 = fromArray(F, g, at);
    FloatVector g01 = fromArray(F, g, at + L);
    FloatVector g02 = fromArray(F, g, at + 2 * L);
    FloatVector g03 = fromArray(F, g, at + 3 * L);
    FloatVector g10 = fromArray(F, g, at + 4 * L);
    FloatVector g11 = fromArray(F, g, at + 5 * L);
    FloatVector g12 = fromArray(F, g, at + 6 * L);
    FloatVector g13 = fromArray(F, g, at + 7 * L);
    FloatVector g20 = fromArray(F, g, at + 8 * L);
    FloatVector g21 = fromArray(F, g, at + 9 * L);
    FloatVector g22 = fromArray(F, g, at + 10 * L);
    FloatVector g23 = fromArray(F, g, at + 11 * L);
    FloatVector g30 = fromArray(F, g, at + 12 * L);
    FloatVector g31 = fromArray(F, g, at + 13 * L);
    FloatVector g32 = fromArray(F, g, at + 14 * L);
    FloatVector g33 = fromArray(F, g, at + 15 * L);
    for (int s = 0; s < groups; s++) {
      int ds = fromD + s * strideD;
      int xs = fromX + s * strideX;
      for (int i = 0; i < GROUP; i += L) {
        FloatVector d0 = fromArray(F, d, ds + i);
        FloatVector d1 = fromArray(F, d, ds + i + block);
        FloatVector d2 = fromArray(F, d, ds + i + 2 * block);
        FloatVector d3 = fromArray(F, d, ds + i + 3 * block);
        FloatVector v = fromArray(F, x, xs + i);
        g00 = v.fma(d0, g00);
        g01 = v.fma(d1, g01);
        g02 = v.fma(d2, g02);
        g03 = v.fma(d3, g03);
        v = fromArray(F, x, xs + i + block);
        g10 = v.fma(d0, g10);
        g11 = v.fma(d1, g11);
        g12 = v.fma(d2, g12);
        g13 = v.fma(d3, g13);
        v = fromArray(F, x, xs + i + 2 * block);
        g20 = v.fma(d0, g20);
        g21 = v.fma(d1, g21);
        g22 = v.fma(d2, g22);
        g23 = v.fma(d3, g23);
        v = fromArray(F, x, xs + i + 3 * block);
        g30 = v.fma(d0, g30);
        g31 = v.fma(d1, g31);
        g32 = v.fma(d2, g32);
        g33 = v.fma(d3, g33);
      }
    }
    g00.intoArray(g, at);
    g01.intoArray(g, at + L);
    g02.intoArray(g, at + 2 * L);
    g03.intoArray(g, at + 3 * L);
    g10.intoArray(g, at + 4 * L);
    g11.intoArray(g, at + 5 * L);
    g12.intoArray(g, at + 6 * L);
    g13.intoArray(g, at + 7 * L);
    g20.intoArray(g, at + 8 * L);
    g21.intoArray(g, at + 9 * L);
    g22.intoArray(g, at + 10 * L);
    g23.intoArray(g, at + 11 * L);
    g30.intoArray(g, at + 12 * L);
    g31.intoArray(g, at + 13 * L);
    g32.intoArray(g, at + 14 * L);
    g33.intoArray(g, at + 15 * L);
  }

  /** See {@link TileKernels#dot}. */
  static void dot(
      int block,
      float[] theta,
      int w,
      int b,
      float[] x,
      int fromX,
      int inputs,
      float[] z,
      int fromZ) {
    for (int i = 0; i < block; i += 4 * L) {
      FloatVector z0 = broadcast(F, theta[b]);
      FloatVector z1 = z0;
      FloatVector z2 = z0;
      FloatVector z3 = z0;
      for (int k = 0, at = fromX + i; k < inputs; k++, at += block) {
        FloatVector v = broadcast(F, theta[w + k]);
        z0 = v.fma(fromArray(F, x, at), z0);
        z1 = v.fma(fromArray(F, x, at + L), z1);
        z2 = v.fma(fromArray(F, x, at + 2 * L), z2);
        z3 = v.fma(fromArray(F, x, at + 3 * L), z3);
      }
      z0.intoArray(z, fromZ + i);
      z1.intoArray(z, fromZ + i + L);
      z2.intoArray(z, fromZ + i + 2 * L);
      z3.intoArray(z, fromZ + i + 3 * L);
    }
  }

  /** See {@link TileKernels#dotGradient}; the strides are those of groups of samples. */
  static void dotGradient(
      int block,
      float[] d,
      int fromD,
      int strideD,
      float[] x,
      int fromX,
      int strideX,
      int inputs,
      int groups,
      float[] g) {
    for (int k = 0; k < inputs; k++) {
      FloatVector g0 = fromArray(F, g, k * L);
      FloatVector g1 = broadcast(F, 0f);
      FloatVector g2 = g1;
      FloatVector g3 = g1;
      for (int s = 0; s < groups; s++) {
        int xs = fromX + s * strideX + k * block;
        int ds = fromD + s * strideD;
        for (int i = 0; i < GROUP; i += 4 * L) {
          g0 = fromArray(F, d, ds + i).fma(fromArray(F, x, xs + i), g0);
          g1 = fromArray(F, d, ds + i + L).fma(fromArray(F, x, xs + i + L), g1);
          g2 = fromArray(F, d, ds + i + 2 * L).fma(fromArray(F, x, xs + i + 2 * L), g2);
          g3 = fromArray(F, d, ds + i + 3 * L).fma(fromArray(F, x, xs + i + 3 * L), g3);
        }
      }
      g0.add(g1).add(g2.add(g3)).intoArray(g, k * L);
    }
  }

  /** See {@link TileKernels#sumLanes}. */
  static void sumLanes(float[] g, int count, float[] out, int from) {
    for (int i = 0, at = 0; i < count; i++, at += L) {
      // Halves on halves, where the compiler sees all of it.
      float even = 0;
      float odd = 0;
      for (int lane = 0; lane < L; lane += 4) {
        even += g[at + lane] + g[at + lane + 2];
        odd += g[at + lane + 1] + g[at + lane + 3];
      }
      out[from + i] = even + odd;
    }
  }
}
