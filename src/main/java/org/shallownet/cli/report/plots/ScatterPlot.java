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

/** Points, some with a range above and below, perhaps over an area that is filled. */
public final class ScatterPlot {
  private final String title;
  private final Axis x;
  private final Axis y;
  private final List<Group> groups = new ArrayList<>();
  private final List<List<Point>> guides = new ArrayList<>();
  private final List<Patch> patches = new ArrayList<>();

  /** A plot without points. */
  public ScatterPlot(String title, Axis x, Axis y) {
    this.title = title;
    this.x = x;
    this.y = y;
  }

  /**
   * A point.
   *
   * @param name what it stands for, shown when one points at it; empty for nothing
   * @param low where its range begins; the same as {@code high} for none
   */
  public record Dot(String name, Point place, double low, double high) {
    /** A point without a name or a range. */
    public static Dot of(double x, double y) {
      return new Dot("", new Point(x, y), y, y);
    }
  }

  private record Group(String name, Mark mark, List<Dot> dots) {}

  private record Patch(Mark mark, double opacity, List<Point> corners) {}

  /** Adds points that look alike; those that are not finite are left out. */
  public ScatterPlot group(String name, Mark mark, List<Dot> dots) {
    groups.add(new Group(name, mark, dots.stream().filter(dot -> dot.place().isFinite()).toList()));
    return this;
  }

  /** Adds a thin line that points are compared to. */
  public ScatterPlot guide(Point from, Point to) {
    guides.add(List.of(from, to));
    return this;
  }

  /**
   * Fills rectangles behind the points.
   *
   * @param corners of each rectangle one and the opposite one
   */
  public ScatterPlot fill(Mark mark, double opacity, List<Point> corners) {
    patches.add(new Patch(mark, opacity, List.copyOf(corners)));
    return this;
  }

  /** Draws it. */
  public String draw() {
    Map<String, Legend.Entry> entries = new LinkedHashMap<>();
    for (Group group : groups) {
      if (!group.name().isEmpty()) {
        entries.putIfAbsent(
            group.name(), new Legend.Entry(group.name(), group.mark(), Legend.Sample.POINT));
      }
    }
    List<Legend.Entry> shown = entries.size() < 2 ? List.of() : List.copyOf(entries.values());
    Frame frame = new Frame(title, x, y, new Legend(shown));
    patches.forEach(patch -> fill(frame, patch));
    for (List<Point> guide : guides) {
      frame.markup().empty("path", "class", "guide", "d", path(frame, guide));
    }
    for (Group group : groups) {
      group.dots().forEach(dot -> draw(frame, group.mark(), dot));
    }
    return frame.finish();
  }

  private static void fill(Frame frame, Patch patch) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < patch.corners().size(); i += 2) {
      Point from = patch.corners().get(i);
      Point to = patch.corners().get(i + 1);
      path.append('M').append(Markup.number(frame.x(from.x()))).append(' ');
      path.append(Markup.number(frame.y(from.y())));
      path.append('H').append(Markup.number(frame.x(to.x())));
      path.append('V').append(Markup.number(frame.y(to.y())));
      path.append('H').append(Markup.number(frame.x(from.x()))).append('z');
    }
    frame
        .markup()
        .empty(
            "path",
            "class",
            "patch c" + patch.mark().number() % Mark.COLORS,
            "fill-opacity",
            String.valueOf(Math.round(patch.opacity() * 100) / 100.0),
            "d",
            path.toString());
  }

  private static void draw(Frame frame, Mark mark, Dot dot) {
    double x = frame.x(dot.place().x());
    double y = frame.y(dot.place().y());
    if (dot.high() > dot.low()) {
      frame
          .markup()
          .empty(
              "path",
              "class",
              "range c" + mark.number() % Mark.COLORS,
              "d",
              "M"
                  + Markup.number(x)
                  + " "
                  + Markup.number(frame.y(dot.low()))
                  + "V"
                  + Markup.number(frame.y(dot.high())));
    }
    String shape = mark.shape(x, y);
    if (dot.name().isEmpty()) {
      frame.markup().empty("path", "class", mark.pointClass(), "d", shape);
    } else {
      frame.markup().open("path", "class", mark.pointClass(), "d", shape);
      frame.markup().element("title", dot.name()).close();
    }
  }

  private static String path(Frame frame, List<Point> points) {
    StringBuilder path = new StringBuilder("M");
    for (Point point : points) {
      path.append(path.length() == 1 ? "" : " ");
      path.append(Markup.number(frame.x(point.x()))).append(' ');
      path.append(Markup.number(frame.y(point.y())));
    }
    return path.toString();
  }
}
