package org.shallownet.cli.report.svg;

import java.util.List;

/**
 * An axis of a plot.
 *
 * @param title what is measured, with its unit
 * @param scale where the numbers lie
 * @param numbered whether numbers are written at it
 */
public record Axis(String title, Scale scale, boolean numbered) {
  /** An axis with numbers. */
  public Axis(String title, Scale scale) {
    this(title, scale, true);
  }

  /** What is written at it. */
  List<Double> ticks() {
    return numbered ? scale.ticks() : List.of();
  }
}
