package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.ArrayRange;

/**
 * Products of rows with rows, {@code c[o, i] = init[o] + Σ b[o, u] a[i, u]} over the units u.
 *
 * @param units of a row of a and b, one after the other; a multiple of {@link RowKernels#UNITS}
 * @param a rows of samples, without gaps
 * @param b rows of outputs, without gaps
 * @param init for each output what its sums begin with
 * @param c the products
 * @param stride floats from one output's products to the next
 */
public record RowDots(
    int units, ArrayRange a, ArrayRange b, ArrayRange init, ArrayRange c, int stride) {}
