package org.shallownet.cli.report.plots;

import java.util.List;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Lettering;
import org.shallownet.cli.report.svg.Markup;
import org.shallownet.cli.report.svg.Scale;

/** Horizontal bars with a name each, and perhaps a range. */
public final class BarPlot {
  private static final double ROW = 19;
  private static final double TOP = 30;
  private static final double BOTTOM = 42;

  /** The names leave the bars at least half of the width. */
  private static final double LONGEST = 170;

  private BarPlot() {}

  /**
   * A bar.
   *
   * @param value how long it is
   * @param low where its range begins; the same as {@code high} for none
   * @param text the value as it is written beside the bar
   */
  public record Bar(String name, double value, double low, double high, String text) {}

  /**
   * Draws bars from 0.
   *
   * @param axis what is measured; its scale holds 0, all values and ranges
   */
  public static String draw(String title, Axis axis, List<Bar> bars) {
    double longest = bars.stream().mapToDouble(bar -> Lettering.width(bar.name())).max().orElse(0);
    double left = 16 + Math.min(LONGEST, longest);
    double texts = bars.stream().mapToDouble(bar -> Lettering.width(bar.text())).max().orElse(0);
    double width = Frame.WIDTH - left - texts - 12;
    double bottom = TOP + bars.size() * ROW;
    Markup markup = new Markup();
    Frame.open(markup, title, bottom + BOTTOM);
    for (double tick : axis.scale().ticks()) {
      String x = Markup.number(left + width * axis.scale().at(tick));
      String grid = "M" + x + " " + Markup.number(TOP) + "V" + Markup.number(bottom);
      markup.empty("path", "class", "grid", "d", grid);
      String label = Scale.label(tick);
      text(markup, label, "tick", "middle", x, Markup.number(bottom + 15));
    }
    text(
        markup,
        axis.title(),
        "name",
        "middle",
        Markup.number(left + width / 2),
        Markup.number(bottom + 34));
    double zero = left + width * axis.scale().at(0);
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      double y = TOP + i * ROW;
      Lettering.write(
          markup,
          bar.name(),
          LONGEST,
          "class",
          "name",
          "text-anchor",
          "end",
          "x",
          Markup.number(left - 6),
          "y",
          Markup.number(y + 13));
      double end = left + width * axis.scale().at(bar.value());
      markup.open(
          "rect",
          "class",
          "bar c0",
          "x",
          Markup.number(Math.min(zero, end)),
          "y",
          Markup.number(y + 3),
          "width",
          Markup.number(Math.max(0.5, Math.abs(end - zero))),
          "height",
          Markup.number(ROW - 6));
      markup.element("title", bar.name() + ": " + bar.text()).close();
      double from = left + width * axis.scale().at(bar.low());
      double to = left + width * axis.scale().at(bar.high());
      if (bar.high() > bar.low()) {
        String range =
            "M" + Markup.number(from) + " " + Markup.number(y + ROW / 2) + "H" + Markup.number(to);
        markup.empty("path", "class", "range ink", "d", range);
      }
      String at = Markup.number(Math.max(Math.max(end, to), zero) + 5);
      text(markup, bar.text(), "tick", "start", at, Markup.number(y + 13));
    }
    markup.empty(
        "path",
        "class",
        "axis",
        "d",
        "M" + Markup.number(zero) + " " + Markup.number(TOP) + "V" + Markup.number(bottom));
    return markup.close().toString();
  }

  private static void text(
      Markup markup, String text, String style, String anchor, String x, String y) {
    markup.element("text", text, "class", style, "text-anchor", anchor, "x", x, "y", y);
  }
}
