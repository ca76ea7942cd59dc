/**
 * Tables of numbers: reading them, splitting them, standardising them.
 *
 * <p>Uses {@code network} only.
 */
@NullMarked
package org.shallownet.data;

import org.jspecify.annotations.NullMarked;
