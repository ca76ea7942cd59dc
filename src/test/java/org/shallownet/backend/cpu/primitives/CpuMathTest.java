package org.shallownet.backend.cpu.primitives;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class CpuMathTest {
  private interface FloatFunction {
    float apply(float x);
  }

  private static float tanh(float x) {
    float[] z = {x};
    CpuMath.tanh(z, 0, 1, new double[1]);
    return z[0];
  }

  @Test
  void tanhIsAccurate() {
    assertAccurate(CpuMathTest::tanh, StrictMath::tanh);
  }

  @Test
  void sigmoidIsAccurate() {
    assertAccurate(
        CpuMath::sigmoid,
        z -> z >= 0 ? 1 / (1 + StrictMath.exp(-z)) : StrictMath.exp(z) / (1 + StrictMath.exp(z)));
  }

  /** Compares with float64 on floats spread over all bit patterns, to 1 unit in the last place. */
  private static void assertAccurate(FloatFunction function, DoubleUnaryOperator exact) {
    for (long bits = 0; bits <= 0xFFFFFFFFL; bits += 4093) {
      float x = Float.intBitsToFloat((int) bits);
      if (!Float.isNaN(x)) {
        double expected = exact.applyAsDouble(x);
        double error = Math.abs(function.apply(x) - expected);
        assertThat(error <= Math.ulp((float) expected)).as("at %s", x).isTrue();
      }
    }
  }

  @Test
  void specialValues() {
    assertThat(Float.floatToRawIntBits(tanh(0f))).isZero();
    assertThat(Float.floatToRawIntBits(tanh(-0f))).isEqualTo(Integer.MIN_VALUE);
    assertThat(tanh(Float.MIN_VALUE)).isEqualTo(Float.MIN_VALUE);
    assertThat(tanh(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1f);
    assertThat(tanh(Float.NaN)).isNaN();
    assertThat(CpuMath.sigmoid(0f)).isEqualTo(0.5f);
    assertThat(CpuMath.sigmoid(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(CpuMath.sigmoid(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(CpuMath.sigmoid(Float.NaN)).isNaN();
  }
}
