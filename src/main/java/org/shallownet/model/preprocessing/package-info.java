/**
 * Preprocessing as a part of the ONNX graph: how a table's columns become inputs, written and read.
 *
 * <p>Uses {@code model.onnx} and {@code data}.
 */
@NullMarked
package org.shallownet.model.preprocessing;

import org.jspecify.annotations.NullMarked;
