package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NumericAssertTest {
  @Test
  void acceptsWhatIsWithinTheTolerance() {
    assertThatCode(() -> close(100, 100.0001f)).doesNotThrowAnyException();
    assertThatCode(() -> close(0, 1e-6f)).doesNotThrowAnyException();
  }

  @Test
  void refusesWhatIsBeyondTheTolerance() {
    assertThatThrownBy(() -> close(100, 100.1f))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("expected 100.0 at 0, not 100.1");
    assertThatThrownBy(() -> close(0, 1e-4f)).isInstanceOf(AssertionError.class);
  }

  @Test
  void nonFiniteValuesMustMatchExactly() {
    assertThatCode(() -> close(Double.NaN, Float.NaN)).doesNotThrowAnyException();
    assertThatCode(() -> close(1e300, Float.POSITIVE_INFINITY)).doesNotThrowAnyException();
    assertThatThrownBy(() -> close(1, Float.NaN)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> close(Double.NaN, 1)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> close(Double.POSITIVE_INFINITY, Float.MAX_VALUE))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> close(Double.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> close(3, Float.POSITIVE_INFINITY)).isInstanceOf(AssertionError.class);
  }

  @Test
  void lengthsMustMatch() {
    assertThatThrownBy(() -> NumericAssert.assertClose("x", new double[2], new float[1], 1, 1, 1))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> NumericAssert.assertSameBits("x", new float[2], new float[1]))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void sameBitsTellsTheZerosApart() {
    assertThatThrownBy(() -> NumericAssert.assertSameBits("x", new float[] {0f}, new float[] {-0f}))
        .isInstanceOf(AssertionError.class);
    assertThatCode(
            () ->
                NumericAssert.assertSameBits("x", new float[] {Float.NaN}, new float[] {Float.NaN}))
        .doesNotThrowAnyException();
  }

  private static void close(double expected, float actual) {
    NumericAssert.assertClose("x", new double[] {expected}, new float[] {actual}, 1e-5, 1, 1);
  }
}
