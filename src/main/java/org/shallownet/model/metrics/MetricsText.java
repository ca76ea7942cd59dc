package org.shallownet.model.metrics;

import static java.util.stream.Collectors.joining;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;

/** Metrics as a person reads them in a log. */
final class MetricsText {
  private static final MathContext DIGITS = new MathContext(4);

  private MetricsText() {}

  /** The numbers by their names, to four significant digits: {@code rmse 1.25, mae 0.875}. */
  static String of(Map<String, Double> numbers) {
    return numbers.entrySet().stream()
        .map(each -> each.getKey() + " " + shortened(each.getValue()))
        .collect(joining(", "));
  }

  private static String shortened(double number) {
    return Double.isFinite(number)
        ? BigDecimal.valueOf(number).round(DIGITS).stripTrailingZeros().toPlainString()
        : Double.toString(number);
  }
}
