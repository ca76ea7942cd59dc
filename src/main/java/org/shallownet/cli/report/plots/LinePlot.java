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
  private final List<Series> rings = new ArrayList<>();
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

  /** Adds rings around points of lines. */
  public LinePlot rings(String name, Mark mark, List<Point> marked) {
    rings.add(new Series(name, mark, marked.stream().filter(Point::isFinite).toList()));
    return this;
  }

  /** Adds a thin line that others are compared to, without an entry in the legend. */
  public LinePlot guide(Point... through) {
    guides.add(List.of(through));
    return this;
  }

  /** Draws it. */
  public String draw() {
    Map<String, Legend.Entry> entries = new LinkedHashMap<>();
    lines.forEach(
        line ->
            entries.putIfAbsent(
                line.name(), new Legend.Entry(line.name(), line.mark(), Legend.Sample.LINE)));
    rings.stream()
        .filter(each -> !each.points().isEmpty())
        .forEach(
            each ->
                entries.putIfAbsent(
                    each.name(), new Legend.Entry(each.name(), each.mark(), Legend.Sample.RING)));
    List<Legend.Entry> shown = entries.size() < 2 ? List.of() : List.copyOf(entries.values());
    Frame frame = new Frame(title, x, y, new Legend(shown));
    guides.forEach(guide -> path(frame, "guide", "", guide));
    lines.forEach(line -> draw(frame, line));
    for (Series each : rings) {
      for (Point point : each.points()) {
        String color = each.mark().colorClass();
        Mark.ring(frame.markup(), color, frame.x(point.x()), frame.y(point.y()));
      }
    }
    return frame.finish();
  }

  private static void draw(Frame frame, Series line) {
    if (line.points().size() != 1) {
      path(frame, line.mark().lineClass(), line.name(), line.points());
      return;
    }
    // A line through one point can't be seen.
    Point only = line.points().get(0);
    String shape = line.mark().shape(frame.x(only.x()), frame.y(only.y()));
    frame.markup().open("path", "class", line.mark().pointClass(), "d", shape);
    frame.markup().element("title", line.name()).close();
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
