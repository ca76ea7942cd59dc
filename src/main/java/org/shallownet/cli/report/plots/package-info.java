/** Kinds of plots, each drawn as SVG; they know numbers and names, nothing of models. */
@NullMarked
package org.shallownet.cli.report.plots;

import org.jspecify.annotations.NullMarked;
