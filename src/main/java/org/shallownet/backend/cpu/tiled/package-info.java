/**
 * The processor's own training engine: a tile of samples goes forward and back while the cache
 * holds it, and nothing is stored for all samples of a batch. By blocks whose vectors hold samples
 * ({@code TilePass}), or row by row, where vectors hold units ({@code RowPass}).
 */
@NullMarked
package org.shallownet.backend.cpu.tiled;

import org.jspecify.annotations.NullMarked;
