/**
 * A trained model: network, weights, preprocessing and where it came from, and its predictions. How
 * good it is is told by {@code model.metrics}, its file is {@code model.onnx}'s, networks of other
 * tools are read by {@code model.chain}, and {@code model.scoring} scores without a backend.
 *
 * <p>Uses {@code data}, {@code backend} and {@code network}.
 */
@NullMarked
package org.shallownet.model;

import org.jspecify.annotations.NullMarked;
