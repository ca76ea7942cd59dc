/**
 * The backend that every machine has: matrices in the Java heap, computed by a small team of
 * threads.
 *
 * <p>Reached only through {@link org.shallownet.backend.BackendProvider}. All work is cut into
 * pieces by the size of the data alone, so that results don't depend on the number of threads.
 */
@NullMarked
package org.shallownet.backend.cpu;

import org.jspecify.annotations.NullMarked;
