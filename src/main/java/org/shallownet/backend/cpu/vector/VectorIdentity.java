package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@code z}; {@code f′ = 1}. */
final class VectorIdentity implements VectorActivation {
  static final VectorIdentity INSTANCE = new VectorIdentity();

  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  private VectorIdentity() {}

  @Override
  public void activate(int block, float[] z, int from, int rows) {
    // Nothing changes.
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
      FloatVector sumW = fromArray(F, gW, row * L);
      FloatVector sumB = fromArray(F, gB, row * L);
      for (int i = 0; i < block; i += 4 * L) {
        FloatVector d0 = fromArray(F, d, fromD + i);
        FloatVector d1 = fromArray(F, d, fromD + i + L);
        FloatVector d2 = fromArray(F, d, fromD + i + 2 * L);
        FloatVector d3 = fromArray(F, d, fromD + i + 3 * L);
        FloatVector a0 = fromArray(F, a, at + i);
        FloatVector a1 = fromArray(F, a, at + i + L);
        FloatVector a2 = fromArray(F, a, at + i + 2 * L);
        FloatVector a3 = fromArray(F, a, at + i + 3 * L);
        sumW = a1.fma(d1, a0.fma(d0, sumW));
        sumW = a3.fma(d3, a2.fma(d2, sumW));
        FloatVector e0 = weight.mul(d0);
        FloatVector e1 = weight.mul(d1);
        FloatVector e2 = weight.mul(d2);
        FloatVector e3 = weight.mul(d3);
        e0.intoArray(a, at + i);
        e1.intoArray(a, at + i + L);
        e2.intoArray(a, at + i + 2 * L);
        e3.intoArray(a, at + i + 3 * L);
        sumB = sumB.add(e0.add(e1).add(e2.add(e3)));
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
        FloatVector e = fromArray(F, d, from + i);
        sum = sum.add(e);
      }
      sum.intoArray(gB, row * L);
    }
  }
}
