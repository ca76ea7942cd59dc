package org.shallownet.backend.cpu.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions of vectors of floats, each to within 4 units in the last place over the
 * whole of its range, subnormal numbers included.
 *
 * <p>The coefficients are minimax fits of the relative error. Comparisons and selections are done
 * on the bits: masks are slow on JDK 17.
 */
final class VectorMath {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  static final int ABSOLUTE = 0x7fffffff;
  static final int SIGN = 0x80000000;
  static final int ONE = 0x3f800000;

  /**
   * Added to the bits of a non-negative float, it makes those of not-a-number the smallest ones, so
   * that a minimum lets them pass.
   */
  private static final int NAN_SHIFT = 0x7fffff;

  /** From here on tanh rounds to 1. */
  private static final int TANH_LIMIT = Float.floatToRawIntBits(9.1f) + NAN_SHIFT;

  /** From here on {@code e^-a} rounds to 0. */
  private static final int EXP_LIMIT = Float.floatToRawIntBits(104.1f) + NAN_SHIFT;

  private static final float LOG2_E = 1.44269504f;
  // ln 2 in two parts, the first with so few bits that its product with the exponent is exact.
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Added, it leaves the nearest whole number in the low bits of the sum. */
  private static final float ROUND = 0x1.8p23f;

  private static final int ROUND_BITS = 0x4b400000;

  // (e^r - 1 - r) / r² for |r| <= ln 2 / 2.
  private static final float E0 = 0.49999997f;
  private static final float E1 = 0.16666542f;
  private static final float E2 = 0.041667204f;
  private static final float E3 = 0.008366647f;
  private static final float E4 = 0.0013882498f;

  // (log(1 + t) - t) / t² for 0 <= t <= 1.
  private static final float L0 = -0.4999964833f;
  private static final float L1 = 0.3332132399f;
  private static final float L2 = -0.2485716343f;
  private static final float L3 = 0.1915365458f;
  private static final float L4 = -0.1375380307f;
  private static final float L5 = 0.07920453697f;
  private static final float L6 = -0.03006579541f;
  private static final float L7 = 0.005364825018f;

  // (log(1 + t) - t) / t² for √½ <= 1 + t <= √2.
  private static final float G0 = -0.4999999106f;
  private static final float G1 = 0.3333396316f;
  private static final float G2 = -0.2500181794f;
  private static final float G3 = 0.1996156573f;
  private static final float G4 = -0.1656846106f;
  private static final float G5 = 0.1492169946f;
  private static final float G6 = -0.1432549059f;
  private static final float G7 = 0.08746888489f;
  private static final int SQRT_HALF = Float.floatToRawIntBits(0.70710678f);

  private VectorMath() {}

  /** {@code tanh x = -t / (2 + t)} with {@code t = e^(-2|x|) - 1}, and the sign of x. */
  static FloatVector tanh(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    FloatVector a =
        bits.and(ABSOLUTE).add(NAN_SHIFT).min(TANH_LIMIT).sub(NAN_SHIFT).reinterpretAsFloats();
    FloatVector rounded =
        a.fma(FloatVector.broadcast(FLOATS, -2 * LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
    // e^(-2a) = 2^n e^r; n has few bits, so one part of ln 2 does.
    FloatVector r =
        rounded.sub(ROUND).fma(FloatVector.broadcast(FLOATS, -(LN2_HIGH + LN2_LOW)), a.mul(-2f));
    FloatVector p =
        FloatVector.broadcast(FLOATS, E4)
            .fma(r, FloatVector.broadcast(FLOATS, E3))
            .fma(r, FloatVector.broadcast(FLOATS, E2))
            .fma(r, FloatVector.broadcast(FLOATS, E1))
            .fma(r, FloatVector.broadcast(FLOATS, E0))
            .fma(r.mul(r), r);
    FloatVector scale =
        rounded.reinterpretAsInts().lanewise(LSHL, 23).add(ONE).reinterpretAsFloats();
    FloatVector t = p.fma(scale, scale.sub(1f));
    return t.div(t.add(2f))
        .reinterpretAsInts()
        .and(ABSOLUTE)
        .or(bits.and(SIGN))
        .reinterpretAsFloats();
  }

  /** {@code e^-|x|}. */
  static FloatVector expOfMinusAbs(FloatVector x) {
    FloatVector a =
        x.reinterpretAsInts()
            .and(ABSOLUTE)
            .add(NAN_SHIFT)
            .min(EXP_LIMIT)
            .sub(NAN_SHIFT)
            .reinterpretAsFloats();
    FloatVector rounded =
        a.fma(FloatVector.broadcast(FLOATS, -LOG2_E), FloatVector.broadcast(FLOATS, ROUND));
    FloatVector n = rounded.sub(ROUND);
    FloatVector r =
        n.fma(
            FloatVector.broadcast(FLOATS, -LN2_LOW),
            n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), a.mul(-1f)));
    FloatVector p =
        FloatVector.broadcast(FLOATS, E4)
            .fma(r, FloatVector.broadcast(FLOATS, E3))
            .fma(r, FloatVector.broadcast(FLOATS, E2))
            .fma(r, FloatVector.broadcast(FLOATS, E1))
            .fma(r, FloatVector.broadcast(FLOATS, E0))
            .fma(r.mul(r), r)
            .add(1f);
    // 2^n in two factors, since a subnormal result needs a smaller one than there is.
    IntVector exponent = rounded.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = exponent.lanewise(ASHR, 1);
    return p.mul(half.lanewise(LSHL, 23).add(ONE).reinterpretAsFloats())
        .mul(exponent.sub(half).lanewise(LSHL, 23).add(ONE).reinterpretAsFloats());
  }

  /** {@code log(1 + t)} for t from 0 to 1. */
  static FloatVector log1p(FloatVector t) {
    return FloatVector.broadcast(FLOATS, L7)
        .fma(t, FloatVector.broadcast(FLOATS, L6))
        .fma(t, FloatVector.broadcast(FLOATS, L5))
        .fma(t, FloatVector.broadcast(FLOATS, L4))
        .fma(t, FloatVector.broadcast(FLOATS, L3))
        .fma(t, FloatVector.broadcast(FLOATS, L2))
        .fma(t, FloatVector.broadcast(FLOATS, L1))
        .fma(t, FloatVector.broadcast(FLOATS, L0))
        .fma(t.mul(t), t);
  }

  /**
   * {@code 1 / (1 + e^-x)}, as {@code e / (1 + e)} where x is negative.
   *
   * @param e {@code e^-|x|}
   */
  static FloatVector sigmoid(FloatVector x, FloatVector e) {
    IntVector negative = x.reinterpretAsInts().lanewise(ASHR, 31);
    IntVector numerator =
        e.reinterpretAsInts().and(negative).or(IntVector.broadcast(INTS, ONE).and(negative.not()));
    return numerator.reinterpretAsFloats().div(e.add(1f));
  }

  /** {@code log x} for finite x from 1. */
  static FloatVector log(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    // x = 2^k (1 + t) with 1 + t from √½ to √2.
    IntVector k = bits.sub(SQRT_HALF).lanewise(ASHR, 23);
    FloatVector t = bits.sub(k.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1f);
    FloatVector n = k.add(ROUND_BITS).reinterpretAsFloats().sub(ROUND);
    return FloatVector.broadcast(FLOATS, G7)
        .fma(t, FloatVector.broadcast(FLOATS, G6))
        .fma(t, FloatVector.broadcast(FLOATS, G5))
        .fma(t, FloatVector.broadcast(FLOATS, G4))
        .fma(t, FloatVector.broadcast(FLOATS, G3))
        .fma(t, FloatVector.broadcast(FLOATS, G2))
        .fma(t, FloatVector.broadcast(FLOATS, G1))
        .fma(t, FloatVector.broadcast(FLOATS, G0))
        .fma(t.mul(t), t)
        .add(n.mul(LN2_HIGH + LN2_LOW));
  }

  /** Adds 1 to the counts for every lane that isn't 0. */
  static void count(IntVector missed, float[] misses) {
    FloatVector ones = nonZero(missed).and(ONE).reinterpretAsFloats();
    FloatVector.fromArray(FLOATS, misses, 0).add(ones).intoArray(misses, 0);
  }

  /** All bits of the lanes that aren't 0. */
  static IntVector nonZero(IntVector v) {
    return v.or(IntVector.broadcast(INTS, 0).sub(v)).lanewise(ASHR, 31);
  }

  /** The weights in the lanes that are 0. */
  static FloatVector unless(IntVector missed, FloatVector w) {
    return w.reinterpretAsInts().and(nonZero(missed).not()).reinterpretAsFloats();
  }
}
