/**
 * A chain of dense layers from another tool: its nodes read step by step ({@link
 * org.shallownet.model.chain.ChainReader}), and what its units compute ({@link
 * org.shallownet.model.chain.UnitFunction}).
 *
 * <p>Uses {@code model.onnx} and {@code data}.
 */
@NullMarked
package org.shallownet.model.chain;

import org.jspecify.annotations.NullMarked;
