package org.shallownet.backend.layered;

import org.shallownet.backend.SampleSource;
import org.shallownet.backend.device.BatchOrder;

/**
 * A stretch of a source's samples, in their own order or in that of an epoch.
 *
 * @param shuffled whether the order is that of an epoch: {@link BatchOrder}
 * @param seed of the order; 0 for their own
 * @param epoch of the order; 0 for their own
 * @param first the position in the order
 * @param count how many samples
 */
record StreamedPiece(
    SampleSource source, boolean shuffled, long seed, long epoch, long first, int count) {
  /** Samples in their own order from here on, at most that many. */
  static StreamedPiece inOrder(SampleSource source, long first, long most) {
    int count = Math.toIntExact(Math.min(most, source.rows() - first));
    return new StreamedPiece(source, false, 0, 0, first, count);
  }
}
