/**
 * How good predictions are: metrics, and the meters that collect them row by row.
 *
 * <p>Uses no other package of {@code model}.
 */
@NullMarked
package org.shallownet.model.metrics;

import org.jspecify.annotations.NullMarked;
