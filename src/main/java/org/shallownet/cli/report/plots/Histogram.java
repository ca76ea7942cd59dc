package org.shallownet.cli.report.plots;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Legend;
import org.shallownet.cli.report.svg.Markup;
import org.shallownet.cli.report.svg.Scale;

/** How often numbers fall into intervals of equal width. */
public final class Histogram {
  private static final int INTERVALS = 24;

  private Histogram() {}

  /**
   * Draws it.
   *
   * @param axis the numbers' name and unit
   * @param values finite, at least one
   */
  public static String draw(String title, String axis, String counted, double... values) {
    double low = DoubleStream.of(values).min().orElseThrow();
    double high = DoubleStream.of(values).max().orElseThrow();
    // Far from 0 the ends of narrower intervals would be one number.
    double least = 4 * INTERVALS * Math.ulp(Math.max(Math.abs(low), Math.abs(high)));
    double room = low == high ? Math.max(0.5, least) : high - low < least ? least : 0;
    double from = Math.max(-Double.MAX_VALUE, low - room);
    double to = Math.min(Double.MAX_VALUE, high + room);
    // Halves, since the difference may be larger than any number.
    double width = (to / 2 - from / 2) / INTERVALS;
    int[] counts = new int[INTERVALS];
    for (double value : values) {
      counts[Math.min(INTERVALS - 1, (int) ((value / 2 - from / 2) / width))]++;
    }
    double most = Arrays.stream(counts).max().orElse(1);
    Frame frame =
        new Frame(
            title,
            new Axis(axis, Scale.covering(DoubleStream.of(from, to))),
            new Axis(counted, Scale.linear(0, most * 1.05)),
            Legend.none());
    double wide = (frame.x(to) - frame.x(from)) / INTERVALS;
    for (int i = 0; i < INTERVALS; i++) {
      double x = frame.x(from) + i * wide;
      double y = frame.y(counts[i]);
      frame
          .markup()
          .empty(
              "rect",
              "class",
              "bar c0",
              "x",
              Markup.number(x + 0.5),
              "y",
              Markup.number(y),
              "width",
              Markup.number(wide - 1),
              "height",
              Markup.number(frame.y(0) - y));
    }
    return frame.finish();
  }
}
