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
    double from = low < high ? low : low - 0.5;
    double width = ((low < high ? high : high + 0.5) - from) / INTERVALS;
    int[] counts = new int[INTERVALS];
    for (double value : values) {
      counts[Math.min(INTERVALS - 1, (int) ((value - from) / width))]++;
    }
    double most = Arrays.stream(counts).max().orElse(1);
    Frame frame =
        new Frame(
            title,
            new Axis(axis, Scale.covering(DoubleStream.of(from, from + INTERVALS * width))),
            new Axis(counted, Scale.linear(0, most * 1.05)),
            Legend.none());
    for (int i = 0; i < INTERVALS; i++) {
      double x = frame.x(from + i * width);
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
              Markup.number(frame.x(from + (i + 1) * width) - x - 1),
              "height",
              Markup.number(frame.y(0) - y));
    }
    return frame.finish();
  }
}
