package org.shallownet.backend.cpu;

import org.shallownet.backend.AbstractTally;
import org.shallownet.backend.Allocation;
import org.shallownet.backend.Tally;

/** A tally in two fields. */
final class CpuTally extends AbstractTally {
  private double cost;
  private long hits;

  CpuTally() {
    super(
        new Allocation(Double.BYTES + Long.BYTES) {
          @Override
          protected void free() {}
        });
  }

  void add(double moreCost, long moreHits) {
    cost += moreCost;
    hits += moreHits;
  }

  void clear() {
    cost = 0;
    hits = 0;
  }

  Tally.Values values() {
    return new Tally.Values(cost, hits);
  }
}
