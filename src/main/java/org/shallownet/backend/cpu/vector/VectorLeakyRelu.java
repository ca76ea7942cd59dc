package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.shallownet.backend.cpu.vector.VectorMath.FLOATS;
import static org.shallownet.backend.cpu.vector.VectorMath.INTS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.shallownet.network.Activation;

/** {@code max(0.01 z, z)}; {@code f′} is 1 where {@code a > 0}, else 0.01. */
final class VectorLeakyRelu implements VectorActivation {
  static final VectorLeakyRelu INSTANCE = new VectorLeakyRelu();

  private static final VectorSpecies<Float> F = FLOATS;
  private static final int L = F.length();
  private static final int SLOPE = Float.floatToRawIntBits(Activation.LEAKY_SLOPE);

  private VectorLeakyRelu() {}

  private static FloatVector leaky(FloatVector z) {
    IntVector negative = z.reinterpretAsInts().lanewise(ASHR, 31);
    return z.mul(
        negative.and(SLOPE ^ VectorMath.ONE).lanewise(XOR, VectorMath.ONE).reinterpretAsFloats());
  }

  /**
   * A value where a is positive, another one elsewhere.
   *
   * @param positive the value's bits
   * @param difference what differs in the other one's
   */
  private static FloatVector choose(FloatVector a, IntVector positive, IntVector difference) {
    IntVector bits = a.reinterpretAsInts();
    // All ones for negative numbers and both zeros.
    IntVector other = bits.sub(1).or(bits).lanewise(ASHR, 31);
    return difference.and(other).lanewise(XOR, positive).reinterpretAsFloats();
  }

  @Override
  public void activate(int block, float[] z, int from, int rows) {
    // One vector at a time: of two, Java may go on allocating one in every round.
    for (int i = from; i < from + rows * block; i += L) {
      leaky(fromArray(F, z, i)).intoArray(z, i);
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
      IntVector positive = weight.reinterpretAsInts();
      IntVector difference =
          weight.mul(Activation.LEAKY_SLOPE).reinterpretAsInts().lanewise(XOR, positive);
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
        FloatVector e0 = choose(a0, positive, difference).mul(d0);
        FloatVector e1 = choose(a1, positive, difference).mul(d1);
        FloatVector e2 = choose(a2, positive, difference).mul(d2);
        FloatVector e3 = choose(a3, positive, difference).mul(d3);
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
      IntVector one = IntVector.broadcast(INTS, VectorMath.ONE);
      IntVector difference = IntVector.broadcast(INTS, VectorMath.ONE ^ SLOPE);
      FloatVector sum = fromArray(F, gB, row * L);
      for (int i = row * block; i < (row + 1) * block; i += L) {
        FloatVector slope = choose(fromArray(F, a, fromA + i), one, difference);
        FloatVector e = slope.mul(fromArray(F, d, from + i));
        e.intoArray(d, from + i);
        sum = sum.add(e);
      }
      sum.intoArray(gB, row * L);
    }
  }
}
