/**
 * Features as float32, one row per sample, a choice of their rows, and the growing lists that hold
 * long columns.
 *
 * <p>Uses no other package of ours.
 */
@NullMarked
package org.shallownet.data.features;

import org.jspecify.annotations.NullMarked;
