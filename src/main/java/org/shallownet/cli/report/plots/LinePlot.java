package org.shallownet.cli.report.plots;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.cli.report.svg.Axis;
import org.shallownet.cli.report.svg.Frame;
import org.shallownet.cli.report.svg.Legend;
import org.shallownet.cli.report.svg.Mark;
import org.shallownet.cli.report.svg.Markup;
import org.shallownet.cli.report.svg.Point;

/** Lines through points. */
public final class LinePlot {
  /** Points of a line that are nearer to each other than this, in the frame's units, are one. */
  private static final double NEAR = 0.5;

  private final String title;
  private final Axis x;
  private final Axis y;
  private final List<Series> lines = new ArrayList<>();
  private final List<Series> points = new ArrayList<>();
  private final List<List<Point>> guides = new ArrayList<>();

  /** A plot without lines. */
  public LinePlot(String title, Axis x, Axis y) {
    this.title = title;
    this.x = x;
    this.y = y;
  }

  private record Series(String name, Mark mark, List<Point> points) {}

  /**
   * Adds a line.
   *
   * @param name what it stands for; those of the same name share an entry of the legend
   * @param points in order; those that are not finite are left out
   */
  public LinePlot line(String name, Mark mark, List<Point> points) {
    lines.add(new Series(name, mark, points.stream().filter(Point::isFinite).toList()));
    return this;
  }

  /** Adds points without a line. */
  public LinePlot points(String name, Mark mark, List<Point> marked) {
    points.add(new Series(name, mark, marked.stream().filter(Point::isFinite).toList()));
    return this;
  }

  /** Adds a thin line that others are compared to, without an entry in the legend. */
  public LinePlot guide(Point... through) {
    guides.add(List.of(through));
    return this;
  }

  /** Whether nothing was added that can be drawn. */
  public boolean isEmpty() {
    return lines.stream().allMatch(line -> line.points().isEmpty())
        && points.stream().allMatch(each -> each.points().isEmpty());
  }

  /** Draws it. */
  public String draw() {
    Map<String, Legend.Entry> entries = new LinkedHashMap<>();
    lines.forEach(
        line -> entries.putIfAbsent(line.name(), new Legend.Entry(line.name(), line.mark(), true)));
    points.forEach(
        each ->
            entries.putIfAbsent(each.name(), new Legend.Entry(each.name(), each.mark(), false)));
    List<Legend.Entry> shown = entries.size() < 2 ? List.of() : List.copyOf(entries.values());
    Frame frame = new Frame(title, x, y, new Legend(shown));
    guides.forEach(guide -> path(frame, "guide", "", guide));
    lines.forEach(line -> path(frame, line.mark().lineClass(), line.name(), line.points()));
    for (Series each : points) {
      for (Point point : each.points()) {
        frame
            .markup()
            .empty(
                "path",
                "class",
                each.mark().pointClass(),
                "d",
                each.mark().shape(frame.x(point.x()), frame.y(point.y())));
      }
    }
    return frame.finish();
  }

  private static void path(Frame frame, String style, String name, List<Point> points) {
    if (points.isEmpty()) {
      return;
    }
    StringBuilder path = new StringBuilder("M");
    Point last = points.get(points.size() - 1);
    double atX = Double.NaN;
    double atY = Double.NaN;
    for (Point point : points) {
      double toX = frame.x(point.x());
      double toY = frame.y(point.y());
      boolean near = Math.abs(toX - atX) < NEAR && Math.abs(toY - atY) < NEAR;
      if (near && !point.equals(last)) {
        continue;
      }
      path.append(path.length() == 1 ? "" : " ");
      path.append(Markup.number(toX)).append(' ');
      path.append(Markup.number(toY));
      atX = toX;
      atY = toY;
    }
    frame.markup().open("path", "class", style, "d", path.toString());
    if (!name.isEmpty()) {
      frame.markup().element("title", name);
    }
    frame.markup().close();
  }
}
