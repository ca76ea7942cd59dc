/**
 * A trained model: network, weights, preprocessing and where it came from; its file, its
 * predictions and how good they are.
 *
 * <p>Uses {@code data}, {@code backend} and {@code network}.
 */
@NullMarked
package org.shallownet.model;

import org.jspecify.annotations.NullMarked;
