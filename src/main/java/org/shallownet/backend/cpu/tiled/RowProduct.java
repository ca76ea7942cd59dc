package org.shallownet.backend.cpu.tiled;

import org.shallownet.backend.cpu.primitives.ArrayRange;

/**
 * A product of small matrices, {@code c[r, u] = init[r, u] + Σ a[r, k] b[k, u]} over k: which
 * arrays, and how far apart numbers are in them. How many rows, and how long the sums are, varies
 * with the samples.
 *
 * @param units of a row of b and c, one after the other; a multiple of {@link RowKernels#UNITS}
 * @param a the left factor
 * @param rowStride floats from one of its rows to the next
 * @param depthStride floats from one number of a row to the next
 * @param b the right factor, row by row without gaps
 * @param init what sums begin with
 * @param initStride floats from one of its rows to the next: 0 where one row serves all
 * @param c the product, row by row without gaps; it may be where the sums begin
 */
public record RowProduct(
    int units,
    ArrayRange a,
    int rowStride,
    int depthStride,
    ArrayRange b,
    ArrayRange init,
    int initStride,
    ArrayRange c) {}
