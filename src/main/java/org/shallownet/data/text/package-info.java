/**
 * Cells of text: numbers, truth values, words for yes and no, and characters that may be shown.
 *
 * <p>Uses no other package of ours.
 */
@NullMarked
package org.shallownet.data.text;

import org.jspecify.annotations.NullMarked;
