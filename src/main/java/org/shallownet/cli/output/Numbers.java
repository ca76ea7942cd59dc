package org.shallownet.cli.output;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as people read them. */
public final class Numbers {
  private Numbers() {}

  /** Four significant digits, such as {@code 0.01234}; very small and large ones as powers. */
  public static String significant(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.toString(value);
    }
    double size = Math.abs(value);
    if (size < 1e-4 || size >= 1e7) {
      return String.format(Locale.ROOT, "%.3e", value);
    }
    int decimals = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** A mean as {@link #significant} and its deviation to the same decimals. */
  public static String withDeviation(double mean, double deviation) {
    String text = significant(mean);
    if (Double.isNaN(deviation)) {
      return text;
    } else if (text.contains("e")) {
      return text + " ± " + significant(deviation);
    }
    int point = text.indexOf('.');
    int decimals = point < 0 ? 0 : text.length() - point - 1;
    return text + " ± " + String.format(Locale.ROOT, "%." + decimals + "f", deviation);
  }

  /** All digits and no more, such as {@code 0.003}. */
  public static String exact(double value) {
    return Math.abs(value) < 1e-6 || Math.abs(value) >= 1e7
        ? Double.toString(value)
        : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /** A large count with a unit, such as {@code 1.25M}. */
  public static String count(double value) {
    if (value < 1e4) {
      return String.format(Locale.ROOT, "%.0f", value);
    } else if (value < 1e6) {
      return String.format(Locale.ROOT, "%.0fk", value / 1e3);
    } else if (value < 1e9) {
      return String.format(Locale.ROOT, "%.2fM", value / 1e6);
    } else if (value < 1e12) {
      return String.format(Locale.ROOT, "%.2fG", value / 1e9);
    }
    return String.format(Locale.ROOT, "%.2fT", value / 1e12);
  }

  /**
   * A number from 0 for where there is room for four digits and a point, such as {@code 1234},
   * {@code 0.123}, {@code 1.2M}, {@code 123G} or {@code 1e15}; {@code ≈0} below 1e-9.
   */
  public static String shortest(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.isNaN(value) ? "–" : "∞";
    } else if (value < 1e-9) {
      return "≈0";
    } else if (value < 0.01 || value >= 999.5e12) {
      return String.format(Locale.ROOT, "%.0e", value).replaceFirst("e[+]?(-?)0?", "e$1");
    } else if (value < 9999.5) {
      return decimals(value, value >= 10 ? 0 : value >= 1 ? 2 : 3);
    }
    double size = value / 1e3;
    int unit = 0;
    while (size >= 999.5) {
      size /= 1e3;
      unit++;
    }
    return decimals(size, size >= 9.95 ? 0 : 1) + "kMGT".charAt(unit);
  }

  private static String decimals(double value, int most) {
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(most, RoundingMode.HALF_UP);
    return most == 0 ? rounded.toPlainString() : rounded.stripTrailingZeros().toPlainString();
  }

  /** A time, such as {@code 3.2 s}, {@code 4 min} or {@code 2 h 10 min}. */
  public static String duration(double seconds) {
    if (seconds < 100) {
      return String.format(Locale.ROOT, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    }
    long minutes = Math.round(seconds / 60);
    return minutes < 60 ? minutes + " min" : minutes / 60 + " h " + minutes % 60 + " min";
  }
}
