package org.shallownet.cli.report.plots;

/**
 * A plot with what is to be said about it.
 *
 * @param svg the plot
 * @param caption a sentence or two; empty for none
 */
public record Figure(String svg, String caption) {}
