/**
 * Every primitive on the processor: matrices in the heap, products in Java or by OpenBLAS,
 * activations, outputs, sums and optimisers, shared by a team of threads.
 */
@NullMarked
package org.shallownet.backend.cpu.primitives;

import org.jspecify.annotations.NullMarked;
