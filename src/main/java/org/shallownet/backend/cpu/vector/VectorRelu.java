package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;
import static org.shallownet.backend.cpu.vector.VectorMath.INTS;
import static org.shallownet.backend.cpu.vector.VectorMath.ONE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** {@code max(0, z)}; {@code f′} is 1 where {@code a > 0}, else 0. */
final class VectorRelu implements VectorActivation {
  static final VectorRelu INSTANCE = new VectorRelu();

  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();

  /** Added to a negative number's bits, it leaves the sign; not-a-number loses it. */
  private static final int NAN_SHIFT = 0x7fffff;

  private VectorRelu() {}

  private static FloatVector relu(FloatVector z) {
    IntVector bits = z.reinterpretAsInts();
    // All ones for negative numbers: not for not-a-number, which must not become 0.
    IntVector negative = bits.add(NAN_SHIFT).and(bits).lanewise(ASHR, 31);
    return bits.and(negative.not()).reinterpretAsFloats();
  }

  /**
   * The weight where a is positive, else 0; a is never negative, nor -0.
   *
   * @param weight its bits: turned into these here, Java 17 would allocate it in every round
   */
  private static FloatVector slope(FloatVector a, IntVector weight) {
    IntVector positive = IntVector.zero(INTS).sub(a.reinterpretAsInts()).lanewise(ASHR, 31);
    return positive.and(weight).reinterpretAsFloats();
  }

  @Override
  public void activate(int block, float[] z, int from, int rows) {
    // One vector at a time: of two, Java may go on allocating one in every round.
    for (int i = from; i < from + rows * block; i += L) {
      relu(fromArray(F, z, i)).intoArray(z, i);
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
      IntVector weight = broadcast(F, theta[w + row]).reinterpretAsInts();
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
        FloatVector e0 = slope(a0, weight).mul(d0);
        FloatVector e1 = slope(a1, weight).mul(d1);
        FloatVector e2 = slope(a2, weight).mul(d2);
        FloatVector e3 = slope(a3, weight).mul(d3);
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
      IntVector one = IntVector.broadcast(INTS, ONE);
      FloatVector sum = fromArray(F, gB, row * L);
      for (int i = row * block; i < (row + 1) * block; i += L) {
        FloatVector e = slope(fromArray(F, a, fromA + i), one).mul(fromArray(F, d, from + i));
        e.intoArray(d, from + i);
        sum = sum.add(e);
      }
      sum.intoArray(gB, row * L);
    }
  }
}
