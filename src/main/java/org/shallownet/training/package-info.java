/**
 * Training networks on a data set: settings, the loop over epochs, early stopping, listeners.
 * {@link org.shallownet.training.Trainer} trains one network; what trains many stands on the same
 * base, in packages of its own: {@code training.ensemble}, {@code training.comparison}.
 *
 * <p>Uses {@code model}, {@code data}, {@code backend} and {@code network}.
 */
@NullMarked
package org.shallownet.training;

import org.jspecify.annotations.NullMarked;
