package org.shallownet.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1.000",
    "0.98765, 0.9877",
    "0.0123456, 0.01235",
    "123.456, 123.5",
    "123456, 123456",
    "0.00001234, 1.234e-05",
    "12345678, 1.235e+07",
    "-0.5, -0.5000",
    "NaN, NaN",
    "0.1, 0.1000"
  })
  void significant(double value, String text) {
    assertThat(Numbers.significant(value)).isEqualTo(text);
  }

  @Test
  void countsAndDurations() {
    assertThat(Numbers.count(950)).isEqualTo("950");
    assertThat(Numbers.count(25_000)).isEqualTo("25k");
    assertThat(Numbers.count(1_234_567)).isEqualTo("1.23M");
    assertThat(Numbers.count(2.5e9)).isEqualTo("2.50G");
    assertThat(Numbers.duration(1.234)).isEqualTo("1.2 s");
    assertThat(Numbers.duration(42)).isEqualTo("42 s");
    assertThat(Numbers.duration(240)).isEqualTo("4 min");
    assertThat(Numbers.duration(7800)).isEqualTo("2 h 10 min");
  }

  @Test
  void deviationsHaveTheDecimalsOfTheirMean() {
    assertThat(Numbers.withDeviation(0.30921, 0.00579)).isEqualTo("0.3092 ± 0.0058");
    assertThat(Numbers.withDeviation(12345.6, 7.89)).isEqualTo("12346 ± 8");
    assertThat(Numbers.withDeviation(1.5e-7, 2e-8)).isEqualTo("1.500e-07 ± 2.000e-08");
    assertThat(Numbers.withDeviation(0.5, Double.NaN)).isEqualTo("0.5000");
  }

  @Test
  void exactNumbersHaveNoDigitTooMany() {
    assertThat(Numbers.exact(0.003)).isEqualTo("0.003");
    assertThat(Numbers.exact(10)).isEqualTo("10");
    assertThat(Numbers.exact(1e-7)).isEqualTo("1.0E-7");
    assertThat(Numbers.exact(1e30)).isEqualTo("1.0E30");
  }

  @Test
  void thereIsAlwaysAShortForm() {
    assertThat(List.of(0.0, 7.0, 1234.0, 9999.4).stream().map(Numbers::shortest))
        .containsExactly("0", "7", "1234", "9999");
    assertThat(List.of(9999.6, 123_456.0, 999_600.0, 1_234_567.0).stream().map(Numbers::shortest))
        .containsExactly("10k", "123k", "1M", "1.2M");
    assertThat(List.of(9.97e9, 999.4e12, 999.6e12, 3.4e38).stream().map(Numbers::shortest))
        .containsExactly("10G", "999T", "1e15", "3e38");
    assertThat(List.of(1.25, 12.5, 0.1234, 0.0123, 0.00123).stream().map(Numbers::shortest))
        .containsExactly("1.25", "13", "0.123", "0.012", "1e-3");
    assertThat(List.of(2e-9, 1e-12, Double.POSITIVE_INFINITY).stream().map(Numbers::shortest))
        .containsExactly("2e-9", "≈0", "∞");
  }
}
