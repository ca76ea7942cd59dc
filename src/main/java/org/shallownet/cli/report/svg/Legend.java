package org.shallownet.cli.report.svg;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the marks of a plot stand for, in rows above it.
 *
 * @param entries in order; none for no legend
 */
public record Legend(List<Entry> entries) {
  private static final double ROW = 16;
  private static final double SAMPLE = 24;
  private static final double GAP = 12;
  private static final double LONGEST = 260;

  /** Copies the list. */
  public Legend {
    entries = List.copyOf(entries);
  }

  /**
   * A mark and what it stands for.
   *
   * @param sample how it is drawn
   */
  public record Entry(String name, Mark mark, Sample sample) {}

  /** How a mark is drawn. */
  public enum Sample {
    /** As a line. */
    LINE,
    /** As a point. */
    POINT,
    /** As a ring around points of any colour. */
    RING
  }

  /** No legend. */
  public static Legend none() {
    return new Legend(List.of());
  }

  /** How high it is. */
  double height(double width) {
    return entries.isEmpty() ? 0 : ROW * place(null, 0, 0, width);
  }

  void draw(Markup markup, double left, double top, double width) {
    place(markup, left, top, width);
  }

  /** Lays the entries out, and draws them if there is somewhere to. */
  private int place(@Nullable Markup markup, double left, double top, double width) {
    int row = 0;
    double at = 0;
    for (Entry entry : entries) {
      double needed = SAMPLE + Math.min(LONGEST, Lettering.width(entry.name()));
      if (at > 0 && at + needed > width) {
        row++;
        at = 0;
      }
      if (markup != null) {
        draw(markup, entry, left + at, top + row * ROW + ROW / 2);
        Lettering.write(
            markup,
            entry.name(),
            LONGEST,
            "x",
            Markup.number(left + at + SAMPLE),
            "y",
            Markup.number(top + row * ROW + ROW / 2 + 4));
      }
      at += needed + GAP;
    }
    return row + 1;
  }

  private static void draw(Markup markup, Entry entry, double x, double y) {
    Mark mark = Mark.of(entry.mark().number());
    switch (entry.sample()) {
      case LINE ->
          markup.empty(
              "path",
              "class",
              mark.lineClass(),
              "d",
              "M" + Markup.number(x) + " " + Markup.number(y) + "h18");
      case POINT -> markup.empty("path", "class", mark.pointClass(), "d", mark.shape(x + 9, y));
      case RING -> Mark.ring(markup, "ink", x + 9, y);
    }
  }
}
