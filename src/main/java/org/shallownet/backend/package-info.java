/**
 * The seam between training and hardware: a backend loads samples and opens training engines.
 *
 * <p>Uses {@code network} only. {@code device} has matrices and the primitives on them, {@code
 * layered} the engine made of those. Backends live in packages of their own and are found through
 * {@link org.shallownet.backend.BackendProvider}.
 */
@NullMarked
package org.shallownet.backend;

import org.jspecify.annotations.NullMarked;
