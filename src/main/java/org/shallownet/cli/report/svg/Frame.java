package org.shallownet.cli.report.svg;

import java.util.List;

/**
 * What is around the area of a plot: its title, its legend, its two axes with their numbers. A plot
 * draws its marks into {@link #markup} at places that {@link #x} and {@link #y} give.
 */
public final class Frame {
  /** How wide a plot is, in its own units, which are about a screen's pixels. */
  public static final double WIDTH = 420;

  private static final double HEIGHT = 300;
  private static final double TITLE = 24;

  /** How much larger the letters of a title are. */
  private static final double TITLE_SIZE = 1.25;

  private static final double BOTTOM = 46;
  private static final double RIGHT = 14;

  private final Markup markup = new Markup();
  private final Axis xAxis;
  private final Axis yAxis;
  private final double left;
  private final double top;
  private final double width;
  private final double height;

  /** A frame of the usual size. */
  public Frame(String title, Axis xAxis, Axis yAxis, Legend legend) {
    this.xAxis = xAxis;
    this.yAxis = yAxis;
    double longest = 1;
    for (double tick : yAxis.ticks()) {
      longest = Math.max(longest, Lettering.width(Scale.label(tick)));
    }
    left = 30 + longest;
    width = WIDTH - left - RIGHT;
    double legendHeight = legend.height(WIDTH - 20);
    top = TITLE + legendHeight + 8;
    height = HEIGHT - TITLE - BOTTOM - 8;
    open(markup, title, top + height + BOTTOM);
    legend.draw(markup, 10, TITLE, WIDTH - 20);
    drawX();
    drawY();
  }

  /** Begins a plot and writes its title. */
  public static void open(Markup markup, String title, double height) {
    open(markup, title, WIDTH, height);
  }

  /** The same of another width. */
  public static void open(Markup markup, String title, double width, double height) {
    markup.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "class",
        "plot",
        "viewBox",
        "0 0 " + Markup.number(width) + " " + Markup.number(height),
        "role",
        "img",
        "aria-label",
        title);
    double room = (width - 20) / TITLE_SIZE;
    Lettering.write(markup, title, room, "class", "title", "x", "10", "y", "16");
  }

  private void drawX() {
    double bottom = top + height;
    List<Double> ticks = xAxis.ticks();
    for (double tick : ticks) {
      String x = Markup.number(x(tick));
      line(x, Markup.number(top), x, Markup.number(bottom));
      markup.element(
          "text",
          Scale.label(tick),
          "class",
          "tick",
          "text-anchor",
          "middle",
          "x",
          x,
          "y",
          Markup.number(bottom + 15));
    }
    Lettering.write(
        markup,
        xAxis.title(),
        width,
        "text-anchor",
        "middle",
        "x",
        Markup.number(left + width / 2),
        "y",
        Markup.number(bottom + 36));
  }

  private void drawY() {
    for (double tick : yAxis.ticks()) {
      String y = Markup.number(y(tick));
      line(Markup.number(left), y, Markup.number(left + width), y);
      markup.element(
          "text",
          Scale.label(tick),
          "class",
          "tick",
          "text-anchor",
          "end",
          "x",
          Markup.number(left - 6),
          "y",
          Markup.number(y(tick) + 4));
    }
    String x = Markup.number(14);
    String y = Markup.number(top + height / 2);
    Lettering.write(
        markup,
        yAxis.title(),
        height + 20,
        "text-anchor",
        "middle",
        "x",
        x,
        "y",
        y,
        "transform",
        "rotate(-90 " + x + " " + y + ")");
  }

  private void line(String x1, String y1, String x2, String y2) {
    markup.empty("line", "class", "grid", "x1", x1, "y1", y1, "x2", x2, "y2", y2);
  }

  /** Where a number of the horizontal axis is. */
  public double x(double value) {
    return left + width * xAxis.scale().at(value);
  }

  /** Where a number of the vertical axis is. */
  public double y(double value) {
    return top + height * (1 - yAxis.scale().at(value));
  }

  /** Where marks are drawn. */
  public Markup markup() {
    return markup;
  }

  /** Ends the plot. */
  public String finish() {
    return markup.close().toString();
  }
}
