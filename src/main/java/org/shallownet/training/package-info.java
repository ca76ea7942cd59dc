/**
 * Training a network on a data set: settings, the loop over epochs, early stopping, listeners.
 *
 * <p>Uses {@code model}, {@code data}, {@code backend} and {@code network}.
 */
@NullMarked
package org.shallownet.training;

import org.jspecify.annotations.NullMarked;
