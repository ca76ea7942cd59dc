package org.shallownet.data.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java's own parser is the judge. */
class DecimalScannerTest {
  private final DecimalScanner scanner = new DecimalScanner();

  private void agrees(String number) {
    for (String after : new String[] {"", ",", ",12345678,", "\n1.5e3,7"}) {
      byte[] text = ("x" + number + after).getBytes(StandardCharsets.US_ASCII);
      int end = scanner.scan(text, 1);
      assertThat(end).as(number).isEqualTo(1 + number.length());
      assertThat(Float.floatToRawIntBits(scanner.value()))
          .as(number)
          .isEqualTo(Float.floatToRawIntBits(Float.parseFloat(number)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "+0",
        "0.0",
        "-0.0",
        "1",
        "-1",
        "+1.5",
        ".5",
        "5.",
        "-.25",
        "12345678",
        "123456789",
        "1234567890123456",
        "0.1234567",
        "0.12345678",
        "0.123456789012345",
        "00000000000000001",
        "1e0",
        "1E5",
        "1e+5",
        "1e-5",
        "-1.25E-7",
        "9007199254740992",
        "16777216",
        "16777218e0",
        "3.4e20",
        "1e22",
        "1e-22",
        "9.999999e-16",
        "0e-22",
        "1.e3"
      })
  void usualNumbers(String number) {
    agrees(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+",
        ".",
        "-.",
        "e5",
        "1e",
        "1e+",
        "1e1234",
        "1e23",
        "1e-23",
        "x",
        "\"1\"",
        "9007199254740993",
        "1234567890123456789",
        "NaN",
        " 1",
        // Halfway between two floats as a double, which lost the last digit.
        "1.00000005960464478",
        "16777217"
      })
  void othersAreLeft(String number) {
    byte[] text = (number + ",").getBytes(StandardCharsets.US_ASCII);
    assertThat(scanner.scan(text, 0)).isEqualTo(-1);
  }

  @Test
  void allSpellingsOfRandomNumbers() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!Float.isFinite(value) || Math.abs(value) > 1e20f || Math.abs(value) < 1e-12f) {
        value = (float) random.nextGaussian();
      }
      String number =
          switch (i % 4) {
            case 0 -> Float.toString(value);
            case 1 -> Double.toString(random.nextGaussian());
            case 2 -> new BigDecimal(value).toPlainString();
            default -> Integer.toString(random.nextInt() >> random.nextInt(32));
          };
      byte[] text = (number + ",").getBytes(StandardCharsets.US_ASCII);
      int end = scanner.scan(text, 0);
      if (end >= 0) {
        assertThat(end).as(number).isEqualTo(number.length());
        assertThat(scanner.value()).as(number).isEqualTo(Float.parseFloat(number));
      } else {
        // Only long numbers are left to others, or those next to a tie.
        assertThat(number.length()).as(number).isGreaterThan(7);
      }
    }
  }

  /** Decimal numbers right beside the middle of two floats are rounded as their last digit says. */
  @Test
  void nearlyHalfwayBetweenTwoFloats() {
    Random random = new Random(2);
    int left = 0;
    for (int i = 0; i < 20_000; i++) {
      float below = 1 + random.nextInt(1 << 20) / (float) (1 << 18);
      BigDecimal middle =
          new BigDecimal(below)
              .add(new BigDecimal(Math.nextUp(below)))
              .divide(BigDecimal.valueOf(2));
      String exact = middle.toPlainString();
      String number = exact.substring(0, Math.min(exact.length(), 10 + random.nextInt(7)));
      byte[] text = (number + ",").getBytes(StandardCharsets.US_ASCII);
      if (scanner.scan(text, 0) < 0) {
        left++;
      } else {
        assertThat(scanner.value()).as(number).isEqualTo(Float.parseFloat(number));
      }
    }
    assertThat(left).isLessThan(20_000);
  }
}
