package org.shallownet.data.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumericTest {
  private static float ofChars(String text) {
    return Numeric.parseFloat(("," + text + ",").toCharArray(), 1, text.length());
  }

  private static float ofBytes(String text) {
    byte[] bytes = ("," + text + ",").getBytes(StandardCharsets.UTF_8);
    return Numeric.parseFloat(bytes, 1, bytes.length - 2);
  }

  private static void assertExact(String text) {
    float expected = Float.parseFloat(text);
    expected = Float.isFinite(expected) ? expected : Float.NaN;
    assertThat(Float.floatToIntBits(ofChars(text)))
        .as(text)
        .isEqualTo(Float.floatToIntBits(expected));
    assertThat(Float.floatToIntBits(ofBytes(text)))
        .as(text)
        .isEqualTo(Float.floatToIntBits(expected));
  }

  @Test
  void floatsAreExact() {
    Random random = new Random(5);
    for (int round = 0; round < 50_000; round++) {
      float value = Float.intBitsToFloat(random.nextInt() & 0x7f7fffff);
      assertExact(Float.toString(-value));
      assertExact(Double.toString(random.nextGaussian()));
      assertExact(String.format("%.7g", random.nextGaussian()));
      assertExact(random.nextLong(1_000_000_000_000_000_000L) + "e" + (random.nextInt(80) - 60));
    }
  }

  /** The middle of two floats is rounded to even, and a last digit far behind decides. */
  @Test
  void middlesOfFloatsAreExact() {
    Random random = new Random(6);
    for (int round = 0; round < 3000; round++) {
      float value = Float.intBitsToFloat(random.nextInt(0x7f000000));
      BigDecimal middle =
          new BigDecimal(value)
              .add(new BigDecimal(Math.nextUp(value)))
              .divide(BigDecimal.valueOf(2));
      String plain = middle.toPlainString();
      assertExact(plain);
      assertExact(middle.toString());
      assertExact(plain + (plain.contains(".") ? "" : ".") + "0".repeat(20) + "1");
      assertExact(middle.subtract(middle.ulp().movePointLeft(20)).toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "-", "e5", "1e", "1f", "1d", "0x1p3", "-0X1p3", "NaN", "1 2", "1,5", "ä1", "1e39"
      })
  void whatIsNoNumberIsNone(String text) {
    assertThat(ofChars(text)).isNaN();
    assertThat(ofBytes(text)).isNaN();
  }

  @Test
  void blanksDoNotCountInText() {
    assertThat(ofChars(" 1.5\t ")).isEqualTo(1.5f);
    assertThat(ofBytes(" 1.5")).isNaN();
    assertThat(ofBytes("1.5\t")).isNaN();
    assertThat(ofChars("\u20031.5\u3000")).isEqualTo(1.5f);
  }

  /** Java's parsers take them for blanks, strip does not. */
  @ParameterizedTest
  @ValueSource(strings = {"\0011.5", "1.5\001", "\0331e99"})
  void controlCharactersAreNoBlanks(String text) {
    assertThat(ofChars(text)).isNaN();
    assertThat(ofBytes(text)).isNaN();
    assertThat(Numeric.parseDouble(text)).isNaN();
    assertThat(Numeric.problem(text)).isEqualTo(Numeric.Problem.TEXT);
  }
}
