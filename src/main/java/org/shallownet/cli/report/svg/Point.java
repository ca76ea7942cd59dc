package org.shallownet.cli.report.svg;

/** A place in a plot, in the units of its axes. */
public record Point(double x, double y) {
  /** Whether it can be drawn. */
  public boolean isFinite() {
    return Double.isFinite(x) && Double.isFinite(y);
  }
}
