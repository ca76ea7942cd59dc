package org.shallownet.cli.report.svg;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Where numbers lie between the two ends of an axis.
 *
 * @param low what lies at the beginning
 * @param high what lies at the end, above {@code low}
 * @param logarithmic whether equal factors, rather than equal differences, are equally far apart
 */
public record Scale(double low, double high, boolean logarithmic) {
  private static final int INTERVALS = 5;

  /** From this ratio of the ends on, a logarithmic scale of positive numbers shows more. */
  private static final double WIDE = 50;

  /** Checks the ends. */
  public Scale {
    if (!(low < high) || (logarithmic && low <= 0)) {
      throw new IllegalArgumentException("no scale from " + low + " to " + high);
    }
  }

  /** A linear scale with these ends. */
  public static Scale linear(double low, double high) {
    return new Scale(low, high, false);
  }

  /** A linear scale on which these numbers lie, with a little room; those not finite don't. */
  public static Scale covering(DoubleStream values) {
    double[] ends = ends(values);
    double room =
        ends[1] > ends[0]
            ? ends[1] * 0.04 - ends[0] * 0.04
            : Math.max(0.5, Math.abs(ends[0]) * 0.1);
    double least = 4 * Math.ulp(Math.max(Math.abs(ends[0]), Math.abs(ends[1])));
    return linear(
        Math.max(-Double.MAX_VALUE, ends[0] - Math.max(room, least)),
        Math.min(Double.MAX_VALUE, ends[1] + Math.max(room, least)));
  }

  /** The same, but logarithmic where the numbers are positive and differ by large factors. */
  public static Scale fitting(DoubleStream values) {
    double[] ends = ends(values);
    if (ends[0] > 0 && ends[1] / ends[0] >= WIDE) {
      double room = Math.pow(ends[1] / ends[0], 0.04);
      return new Scale(ends[0] / room, ends[1] * room, true);
    }
    return covering(DoubleStream.of(ends));
  }

  private static double[] ends(DoubleStream values) {
    double[] finite = values.filter(Double::isFinite).toArray();
    double low = DoubleStream.of(finite).min().orElse(0);
    double high = DoubleStream.of(finite).max().orElse(1);
    return new double[] {low, high};
  }

  /** Where a number lies: 0 at the beginning, 1 at the end. */
  public double at(double value) {
    return logarithmic
        ? Math.log(value / low) / Math.log(high / low)
        : (value / 2 - low / 2) / (high / 2 - low / 2); // the difference may be no number
  }

  /** Round numbers on the scale, to be written at it. */
  public List<Double> ticks() {
    List<Double> ticks = logarithmic ? powers() : List.of();
    return ticks.size() < 2 ? even() : ticks;
  }

  private List<Double> even() {
    double rough = high / INTERVALS - low / INTERVALS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = 10 * power;
    for (double factor : new double[] {5, 2.5, 2, 1}) {
      if (factor * power >= rough) {
        step = factor * power;
      }
    }
    List<Double> ticks = new ArrayList<>();
    double first = Math.ceil(low / step - 1e-9);
    // Far from 0 neighbouring steps may be one number.
    for (int i = 0; i <= 2 * INTERVALS; i++) {
      double tick = (first + i) * step;
      if (tick <= high + step * 1e-9 && !ticks.contains(tick)) {
        ticks.add(tick);
      }
    }
    return ticks;
  }

  private List<Double> powers() {
    double decades = Math.log10(high / low);
    double[] factors = decades < 2.5 ? new double[] {1, 2, 5} : new double[] {1};
    int every = (int) Math.ceil(decades / 8);
    List<Double> ticks = new ArrayList<>();
    for (int exponent = (int) Math.floor(Math.log10(low));
        exponent <= Math.log10(high);
        exponent += every) {
      for (double factor : factors) {
        double tick = factor * Math.pow(10, exponent);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** A round number as it is written at an axis, such as {@code 0.25}, {@code 20k}. */
  public static String label(double tick) {
    double size = Math.abs(tick);
    String text;
    if (size < 1e-12) {
      return "0";
    } else if (size >= 1e12 || size < 1e-4) {
      text = String.format(Locale.ROOT, "%.1e", tick).replace(".0e", "e");
    } else if (size >= 1e9) {
      text = plain(tick / 1e9) + "G";
    } else if (size >= 1e6) {
      text = plain(tick / 1e6) + "M";
    } else if (size >= 1e4) {
      text = plain(tick / 1e3) + "k";
    } else {
      text = plain(tick);
    }
    return text.replace('-', '−');
  }

  private static String plain(double value) {
    return new BigDecimal(value, new MathContext(6)).stripTrailingZeros().toPlainString();
  }
}
