package org.shallownet.backend.cpu.tiled;

import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cpu.primitives.CpuMatrix;

/**
 * A table of samples that models are judged by.
 *
 * @param copies of all of it; null if there are none
 */
record JudgedSamples(
    CpuMatrix features, CpuMatrix targets, BlockedSamples.@Nullable Copies copies) {
  /** Whether it is made of these matrices. */
  boolean isOf(CpuMatrix x, CpuMatrix y) {
    return features == x && targets == y;
  }

  /** The copies of what is seen of it; null if there are none. */
  BlockedSamples.@Nullable Copies copies(TableView seen) {
    return seen.isWhole() ? copies : null;
  }
}
