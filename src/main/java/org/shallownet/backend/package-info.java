/**
 * Where the arithmetic runs: the primitives that a backend offers, the training engines on top of
 * them, and the choice of a backend.
 *
 * <p>Uses {@code network} only. Implementations live in packages of their own and are found through
 * {@link org.shallownet.backend.BackendProvider}.
 */
@NullMarked
package org.shallownet.backend;

import org.jspecify.annotations.NullMarked;
