package org.shallownet.cli.report.plots;

/**
 * A plot with what is to be said about it.
 *
 * @param svg the plot
 * @param caption a sentence or two; empty for none
 * @param large whether it needs all of the page's width
 */
public record Figure(String svg, String caption, boolean large) {
  /** A figure that stands beside others. */
  public Figure(String svg, String caption) {
    this(svg, caption, false);
  }
}
