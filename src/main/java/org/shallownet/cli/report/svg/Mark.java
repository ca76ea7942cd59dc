package org.shallownet.cli.report.svg;

/**
 * How one kind of things looks in a plot. Colours are those of Okabe and Ito, which people who are
 * colour-blind tell apart; shapes and dashes say the same without colours.
 *
 * @param number of the kind, from 0: it decides the colour, the shape of points, the dashes
 * @param faint whether it is one of many, so that it may be drawn thin
 */
public record Mark(int number, boolean faint) {
  /** How many colours there are; a style sheet has one for each of {@code c0}, {@code c1}, …. */
  public static final int COLORS = 7;

  private static final double SIZE = 3.6;
  private static final double RING = 6;

  /** The mark of a kind. */
  public static Mark of(int number) {
    return new Mark(number, false);
  }

  /** The same for one of many. */
  public Mark asFaint() {
    return new Mark(number, true);
  }

  /** The class of a line in the style sheet. */
  public String lineClass() {
    int dash = number % 4;
    return "line c" + number % COLORS + " d" + dash + (faint ? " faint" : "");
  }

  /** The class of its colour in the style sheet. */
  public String colorClass() {
    return "c" + number % COLORS;
  }

  /** The class of a point in the style sheet. */
  public String pointClass() {
    return "point c" + number % COLORS + (faint ? " faint" : "");
  }

  /** The outline of a point, a path. */
  public String shape(double x, double y) {
    double r = faint ? SIZE * 0.7 : SIZE;
    String at = "M" + Markup.number(x) + " ";
    return switch (number % 4) {
      case 0 ->
          "M%s %sa%s %s 0 1 0 %s 0a%s %s 0 1 0 %s 0z"
              .formatted(
                  Markup.number(x - r),
                  Markup.number(y),
                  Markup.number(r),
                  Markup.number(r),
                  Markup.number(2 * r),
                  Markup.number(r),
                  Markup.number(r),
                  Markup.number(-2 * r));
      case 1 -> at + Markup.number(y - 1.3 * r) + lines(1.2 * r, 2.3 * r, -2.4 * r, 0);
      case 2 ->
          "M%s %s".formatted(Markup.number(x - r), Markup.number(y - r))
              + lines(2 * r, 0, 0, 2 * r, -2 * r, 0);
      default ->
          at
              + Markup.number(y - 1.3 * r)
              + lines(1.3 * r, 1.3 * r, -1.3 * r, 1.3 * r, -1.3 * r, -1.3 * r);
    };
  }

  /**
   * Draws a ring around a point.
   *
   * @param color its class in the style sheet
   */
  public static void ring(Markup markup, String color, double x, double y) {
    markup.empty(
        "circle",
        "class",
        "ring " + color,
        "cx",
        Markup.number(x),
        "cy",
        Markup.number(y),
        "r",
        Markup.number(RING));
  }

  private static String lines(double... steps) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < steps.length; i += 2) {
      path.append('l').append(Markup.number(steps[i])).append(' ');
      path.append(Markup.number(steps[i + 1]));
    }
    return path.append('z').toString();
  }
}
