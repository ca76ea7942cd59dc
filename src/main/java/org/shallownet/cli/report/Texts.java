package org.shallownet.cli.report;

import java.util.List;
import java.util.Locale;
import org.shallownet.cli.output.Numbers;
import org.shallownet.data.text.Printable;

/** Numbers and names in sentences. */
final class Texts {
  private Texts() {}

  /** Such as {@code 12,345}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Such as {@code 1 row} or {@code 400 rows}. */
  static String counted(long count, String noun) {
    return count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** Such as {@code 12.5 %}. */
  static String percent(long part, long whole) {
    double percent = 100.0 * part / whole;
    return String.format(Locale.ROOT, percent < 10 ? "%.1f %%" : "%.0f %%", percent);
  }

  /** A metric, with a dash where it is undefined. */
  static String metric(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "−∞";
    }
    return Double.isNaN(value) ? "–" : Numbers.significant(value);
  }

  /** The first of some names, and how many more there are. */
  static String names(List<String> names, int most) {
    String text = String.join(", ", names.stream().limit(most).map(Printable::shortened).toList());
    return names.size() <= most ? text : text + " and " + (names.size() - most) + " more";
  }
}
