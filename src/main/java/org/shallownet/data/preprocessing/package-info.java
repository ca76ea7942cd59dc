/**
 * What makes a network's inputs of a table's columns ({@link
 * org.shallownet.data.preprocessing.Preprocessing}): standardised numbers, piecewise-linear ones,
 * words, missing cells.
 *
 * <p>Uses {@code data}.
 */
@NullMarked
package org.shallownet.data.preprocessing;

import org.jspecify.annotations.NullMarked;
