package org.shallownet.cli.report.plots;

import java.util.List;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Legend;
import org.shallownet.cli.report.svg.Markup;

/** A square of cells, the deeper coloured the larger their part of the row. */
public final class MatrixPlot {
  private static final double TOP = 52;
  private static final double BOTTOM = 26;
  private static final double LETTER = 6.4;
  private static final double WIDEST = 96;
  private static final double HIGHEST = 60;
  private static final int LONGEST = 14;

  private MatrixPlot() {}

  /**
   * A matrix.
   *
   * @param names of the rows and of the columns
   * @param cells row by row
   * @param texts the cells as they are written
   */
  public record Matrix(List<String> names, List<List<Double>> cells, List<List<String>> texts) {}

  /** Draws it with titles of its rows and columns. */
  public static String draw(String title, String rowTitle, String columnTitle, Matrix matrix) {
    int count = matrix.names().size();
    List<String> names =
        matrix.names().stream().map(name -> Legend.shortened(name, LONGEST)).toList();
    int letters = names.stream().mapToInt(String::length).max().orElse(0);
    double left = 32 + letters * LETTER;
    double width = Math.min(WIDEST, (Frame.WIDTH - left - 12) / count);
    double height = Math.min(HIGHEST, Math.max(20, width));
    Markup markup = new Markup();
    Frame.open(markup, title, TOP + count * height + BOTTOM);
    double middle = TOP + count * height / 2;
    label(markup, rowTitle, 14, middle, "rotate(-90 14 " + Markup.number(middle) + ")");
    label(markup, columnTitle, left + count * width / 2, TOP + count * height + 18, "");
    int room = Math.max(1, (int) (width / LETTER));
    for (int k = 0; k < count; k++) {
      cellText(markup, names.get(k), "name end", left - 6, TOP + (k + 0.5) * height + 4);
      String above = Legend.shortened(names.get(k), room);
      cellText(markup, above, "name", left + (k + 0.5) * width, TOP - 6);
      double sum = matrix.cells().get(k).stream().mapToDouble(Double::doubleValue).sum();
      for (int other = 0; other < count; other++) {
        double part = sum == 0 ? 0 : matrix.cells().get(k).get(other) / sum;
        String text = matrix.texts().get(k).get(other);
        double x = left + other * width;
        double y = TOP + k * height;
        markup.open(
            "rect",
            "class",
            "cell " + (k == other ? "c0" : "c1"),
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
        markup.element(
            "title",
            matrix.names().get(k)
                + ", "
                + columnTitle
                + " "
                + matrix.names().get(other)
                + ": "
                + text);
        markup.close();
        if (text.length() <= room) {
          String style = part > 0.75 ? "on" : "name";
          cellText(markup, text, style, x + width / 2, y + height / 2 + 4);
        }
      }
    }
    return markup.close().toString();
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
    markup.element(
        "text",
        text,
        "class",
        style,
        "text-anchor",
        style.endsWith("end") ? "end" : "middle",
        "x",
        Markup.number(x),
        "y",
        Markup.number(y));
  }
}
