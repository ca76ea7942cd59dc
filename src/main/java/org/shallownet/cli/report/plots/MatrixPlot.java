package org.shallownet.cli.report.plots;

import java.util.List;
import org.shallownet.cli.output.Numbers;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Lettering;
import org.shallownet.cli.report.svg.Markup;

/**
 * A square of cells, the deeper coloured the larger their part of the row. It is as wide as other
 * plots where its texts fit into the cells, else twice as wide. A number that does not fit even so
 * is shortened; pointing at its cell shows the whole.
 */
public final class MatrixPlot {
  private static final double LEVEL_TOP = 46;
  private static final double BOTTOM = 26;
  private static final double WIDEST = 96;
  private static final double HIGHEST = 60;
  private static final double LOWEST = 20;

  /** How much of its width a cell leaves to its text. */
  private static final double MARGIN = 4;

  private static final double LONGEST = 120;
  private static final double LONGEST_IN_LARGE = 180;

  private final String title;
  private final String rowTitle;
  private final String columnTitle;
  private final Matrix matrix;
  private final boolean large;
  private final double longest;
  private final double totalWidth;
  private final double left;
  private final double width;
  private final double height;

  /** Whether the columns' names stand upright, as they don't fit otherwise. */
  private final boolean upright;

  private final double top;

  /**
   * A matrix.
   *
   * @param names of the rows and of the columns
   * @param cells row by row; none below 0
   * @param texts the cells as they are written
   */
  public record Matrix(List<String> names, List<List<Double>> cells, List<List<String>> texts) {}

  private MatrixPlot(
      String title, String rowTitle, String columnTitle, Matrix matrix, boolean large) {
    this.title = title;
    this.rowTitle = rowTitle;
    this.columnTitle = columnTitle;
    this.matrix = matrix;
    this.large = large;
    double widest = matrix.names().stream().mapToDouble(Lettering::width).max().orElse(0);
    longest = Math.min(widest, large ? LONGEST_IN_LARGE : LONGEST);
    totalWidth = large ? 2 * Frame.WIDTH : Frame.WIDTH;
    left = 32 + longest;
    width = Math.min(WIDEST, (totalWidth - left - 12) / matrix.names().size());
    height = Math.min(HIGHEST, Math.max(LOWEST, large ? width * 0.75 : width));
    upright = widest > width - MARGIN;
    top = LEVEL_TOP + (upright ? longest : 6);
  }

  /**
   * Draws it with titles of its rows and columns.
   *
   * @param caption what is said about it
   */
  public static Figure draw(
      String title, String rowTitle, String columnTitle, Matrix matrix, String caption) {
    MatrixPlot usual = new MatrixPlot(title, rowTitle, columnTitle, matrix, false);
    MatrixPlot plot =
        usual.isReadable() ? usual : new MatrixPlot(title, rowTitle, columnTitle, matrix, true);
    return new Figure(plot.draw(), caption, plot.large);
  }

  private boolean isReadable() {
    boolean named = matrix.names().stream().allMatch(name -> Lettering.width(name) <= longest);
    return named
        && matrix.texts().stream()
            .flatMap(List::stream)
            .allMatch(text -> Lettering.width(text) <= width);
  }

  private String draw() {
    int count = matrix.names().size();
    Markup markup = new Markup();
    Frame.open(markup, title, totalWidth, top + count * height + BOTTOM);
    double middle = top + count * height / 2;
    label(markup, rowTitle, 14, middle, "rotate(-90 14 " + Markup.number(middle) + ")");
    label(markup, columnTitle, left + count * width / 2, top + count * height + 18, "");
    for (int k = 0; k < count; k++) {
      names(markup, k);
      double sum = matrix.cells().get(k).stream().mapToDouble(Double::doubleValue).sum();
      for (int other = 0; other < count; other++) {
        cell(markup, k, other, sum == 0 ? 0 : matrix.cells().get(k).get(other) / sum);
      }
    }
    return markup.close().toString();
  }

  private void names(Markup markup, int k) {
    String name = matrix.names().get(k);
    String beside = Markup.number(top + (k + 0.5) * height + 4);
    Lettering.write(
        markup,
        name,
        longest,
        "class",
        "name end",
        "text-anchor",
        "end",
        "x",
        Markup.number(left - 6),
        "y",
        beside);
    String above = Markup.number(top - 6);
    if (upright) {
      String x = Markup.number(left + (k + 0.5) * width + 4);
      Lettering.write(
          markup,
          name,
          longest,
          "class",
          "name end",
          "text-anchor",
          "start",
          "x",
          x,
          "y",
          above,
          "transform",
          "rotate(-90 " + x + " " + above + ")");
    } else {
      cellText(markup, name, "name", left + (k + 0.5) * width, top - 6);
    }
  }

  private void cell(Markup markup, int row, int column, double part) {
    String text = matrix.texts().get(row).get(column);
    double x = left + column * width;
    double y = top + row * height;
    markup.open(
        "rect",
        "class",
        "cell " + (row == column ? "c0" : "c1"),
        "fill-opacity",
        String.valueOf(Math.round(part * 85) / 100.0),
        "x",
        Markup.number(x),
        "y",
        Markup.number(y),
        "width",
        Markup.number(width),
        "height",
        Markup.number(height));
    String names = matrix.names().get(row) + ", " + columnTitle + " " + matrix.names().get(column);
    markup.element("title", names + ": " + text).close();
    String style = part > 0.75 ? "on" : "name";
    String shown =
        Lettering.width(text) <= width
            ? text
            : Numbers.shortest(matrix.cells().get(row).get(column));
    cellText(markup, shown, style, x + width / 2, y + height / 2 + 4);
  }

  private static void label(Markup markup, String text, double x, double y, String turned) {
    String[] place = {"text-anchor", "middle", "x", Markup.number(x), "y", Markup.number(y)};
    if (turned.isEmpty()) {
      markup.element("text", text, place);
    } else {
      markup.open(
          "text", "text-anchor", "middle", "x", place[3], "y", place[5], "transform", turned);
      markup.text(text).close();
    }
  }

  private static void cellText(Markup markup, String text, String style, double x, double y) {
    String middle = Markup.number(x);
    markup.element(
        "text", text, "class", style, "text-anchor", "middle", "x", middle, "y", Markup.number(y));
  }
}
