/** Writes markup, and what all plots are made of: scales, axes, marks, the frame around them. */
@NullMarked
package org.shallownet.cli.report.svg;

import org.jspecify.annotations.NullMarked;
