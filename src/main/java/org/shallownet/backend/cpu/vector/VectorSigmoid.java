package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** The logistic function; {@code f′ = a (1 - a)}. */
final class VectorSigmoid implements VectorActivation {
  static final VectorSigmoid INSTANCE = new VectorSigmoid();

  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  private VectorSigmoid() {}

  @Override
  public void activate(int block, float[] z, int from, int rows) {
    // In one loop, the compiler of Java 17 would inline only a part.
    exps(z, from, from + rows * block);
    quotients(z, from, from + rows * block);
  }

  /** {@code e^-|z|} with the sign of z. */
  private static void exps(float[] z, int from, int to) {
    for (int i = from; i < to; i += L) {
      FloatVector v = fromArray(F, z, i);
      IntVector sign = v.reinterpretAsInts().and(VectorMath.SIGN);
      VectorMath.expOfMinusAbs(v)
          .reinterpretAsInts()
          .or(sign)
          .reinterpretAsFloats()
          .intoArray(z, i);
    }
  }

  /** From these to the sigmoid. */
  private static void quotients(float[] z, int from, int to) {
    for (int i = from; i < to; i += L) {
      FloatVector v = fromArray(F, z, i);
      FloatVector e = v.reinterpretAsInts().and(VectorMath.ABSOLUTE).reinterpretAsFloats();
      VectorMath.sigmoid(v, e).intoArray(z, i);
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
        FloatVector e0 = broadcast(F, 1f).sub(a0).mul(a0).mul(weight).mul(d0);
        FloatVector e1 = broadcast(F, 1f).sub(a1).mul(a1).mul(weight).mul(d1);
        FloatVector e2 = broadcast(F, 1f).sub(a2).mul(a2).mul(weight).mul(d2);
        FloatVector e3 = broadcast(F, 1f).sub(a3).mul(a3).mul(weight).mul(d3);
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
        FloatVector v = fromArray(F, a, fromA + i);
        FloatVector e = broadcast(F, 1f).sub(v).mul(v).mul(fromArray(F, d, from + i));
        e.intoArray(d, from + i);
        sum = sum.add(e);
      }
      sum.intoArray(gB, row * L);
    }
  }
}
