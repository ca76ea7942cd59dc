package org.shallownet.backend.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The elementary functions over all kinds of floats: to 4 units in the last place. */
class VectorMathTest {
  /** A prime, so that all bit patterns of the mantissa come up. */
  private static final int STEP = 8191;

  private static final double MOST_ULPS = 4;

  /**
   * Methods with vectors in their signatures stand apart: who lists the tests looks at all methods
   * of the test class, and has no vectors.
   */
  private static final class Lanes {
    private Lanes() {}

    static FloatVector sigmoid(FloatVector x) {
      return VectorMath.sigmoid(x, VectorMath.expOfMinusAbs(x));
    }
  }

  @Test
  void tanh() {
    check(VectorMath::tanh, StrictMath::tanh, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
  }

  @Test
  void exponential() {
    check(
        VectorMath::expOfMinusAbs,
        x -> StrictMath.exp(-Math.abs(x)),
        Float.NEGATIVE_INFINITY,
        Float.POSITIVE_INFINITY);
  }

  @Test
  void sigmoid() {
    check(
        Lanes::sigmoid,
        x -> x >= 0 ? 1 / (1 + StrictMath.exp(-x)) : StrictMath.exp(x) / (1 + StrictMath.exp(x)),
        Float.NEGATIVE_INFINITY,
        Float.POSITIVE_INFINITY);
  }

  @Test
  void logarithmOfOnePlus() {
    check(VectorMath::log1p, StrictMath::log1p, 0, 1);
  }

  @Test
  void logarithm() {
    check(VectorMath::log, StrictMath::log, 1, Float.MAX_VALUE);
  }

  @Test
  void notANumberStaysSo() {
    // The one that x86 makes has its sign bit set.
    for (int bits : new int[] {0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001}) {
      float x = Float.intBitsToFloat(bits);
      assertThat(one(VectorMath::tanh, x)).isNaN();
      assertThat(one(VectorMath::expOfMinusAbs, x)).isNaN();
      assertThat(one(Lanes::sigmoid, x)).isNaN();
      assertThat(one(VectorMath::log1p, x)).isNaN();
    }
  }

  @Test
  void tanhKeepsTheSignOfZero() {
    assertThat(Float.floatToRawIntBits(one(VectorMath::tanh, -0f))).isEqualTo(Integer.MIN_VALUE);
    assertThat(Float.floatToRawIntBits(one(VectorMath::tanh, 0f))).isZero();
  }

  private static float one(UnaryOperator<FloatVector> function, float x) {
    return function.apply(FloatVector.broadcast(VectorMath.FLOATS, x)).lane(0);
  }

  private static void check(
      UnaryOperator<FloatVector> function, DoubleUnaryOperator exact, float least, float most) {
    int lanes = VectorMath.FLOATS.length();
    float[] x = new float[lanes];
    float[] found = new float[lanes];
    int filled = 0;
    int checked = 0;
    for (long bits = 0; bits <= 0xFFFFFFFFL; bits += STEP) {
      float value = Float.intBitsToFloat((int) bits);
      if (value >= least && value <= most) {
        x[filled++] = value;
      }
      if (filled == lanes) {
        filled = 0;
        function.apply(FloatVector.fromArray(VectorMath.FLOATS, x, 0)).intoArray(found, 0);
        for (int i = 0; i < lanes; i++, checked++) {
          double expected = exact.applyAsDouble(x[i]);
          double allowed = MOST_ULPS * Math.ulp((float) expected);
          assertThat(Math.abs(found[i] - expected) <= allowed)
              .as("at %s: %s, not %s", x[i], expected, found[i])
              .isTrue();
        }
      }
    }
    assertThat(checked).isGreaterThan(100_000);
  }
}
