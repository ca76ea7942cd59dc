package org.shallownet.backend.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.shallownet.backend.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Tanh; {@code f′ = 1 - a²}. */
final class VectorTanh implements VectorActivation {
  static final VectorTanh INSTANCE = new VectorTanh();

  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  private VectorTanh() {}

  @Override
  public void activate(int block, float[] z, int from, int rows) {
    for (int i = from; i < from + rows * block; i += 2 * L) {
      FloatVector z0 = fromArray(F, z, i);
      FloatVector z1 = fromArray(F, z, i + L);
      VectorMath.tanh(z0).intoArray(z, i);
      VectorMath.tanh(z1).intoArray(z, i + L);
    }
  }

  @Override
  public void backward(
      int block,
      float[] theta,
      int w,
      float[] d,
      int fromD,
      float[] a,
      int from,
      int rows,
      float[] gW,
      float[] gB) {
    for (int row = 0; row < rows; row++) {
      int at = from + row * block;
      FloatVector weight = broadcast(F, theta[w + row]);
      FloatVector minus = broadcast(F, -theta[w + row]);
      FloatVector sumW = fromArray(F, gW, row * L);
      FloatVector sumB = fromArray(F, gB, row * L);
      for (int i = 0; i < block; i += 2 * L) {
        FloatVector d0 = fromArray(F, d, fromD + i);
        FloatVector d1 = fromArray(F, d, fromD + i + L);
        FloatVector a0 = fromArray(F, a, at + i);
        FloatVector a1 = fromArray(F, a, at + i + L);
        sumW = a1.fma(d1, a0.fma(d0, sumW));
        FloatVector e0 = a0.mul(a0).fma(minus, weight).mul(d0);
        FloatVector e1 = a1.mul(a1).fma(minus, weight).mul(d1);
        e0.intoArray(a, at + i);
        e1.intoArray(a, at + i + L);
        sumB = sumB.add(e0.add(e1));
      }
      sumW.intoArray(gW, row * L);
      sumB.intoArray(gB, row * L);
    }
  }

  @Override
  public void derivative(
      int block, float[] a, int fromA, float[] d, int from, int rows, float[] gB) {
    for (int row = 0; row < rows; row++) {
      FloatVector sum = fromArray(F, gB, row * L);
      for (int i = row * block; i < (row + 1) * block; i += L) {
        FloatVector v = fromArray(F, a, fromA + i);
        FloatVector e = broadcast(F, 1f).sub(v.mul(v)).mul(fromArray(F, d, from + i));
        e.intoArray(d, from + i);
        sum = sum.add(e);
      }
      sum.intoArray(gB, row * L);
    }
  }
}
