package org.shallownet.backend.cpu.tiled;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Samples;

/**
 * A table of samples that models are judged by.
 *
 * @param copies of all of it; null if there are none
 */
record JudgedSamples(Samples samples, BlockedSamples.@Nullable Copies copies) {
  /** The copies of what is seen of it; null if there are none. */
  BlockedSamples.@Nullable Copies copies(TableView seen) {
    return seen.isWhole() ? copies : null;
  }
}
