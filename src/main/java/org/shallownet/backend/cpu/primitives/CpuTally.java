package org.shallownet.backend.cpu.primitives;

import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Tally;

/** A tally in three fields. */
public final class CpuTally extends Tally {
  private double cost;
  private double hits;
  private double weight;

  public CpuTally() {
    super(
        new Allocation(3 * Double.BYTES) {
          @Override
          protected void free() {}
        });
  }

  void add(double moreCost, double moreHits, double moreWeight) {
    cost += moreCost;
    hits += moreHits;
    weight += moreWeight;
  }

  void clear() {
    cost = 0;
    hits = 0;
    weight = 0;
  }

  public void set(Tally.Values values) {
    cost = values.cost();
    hits = values.hits();
    weight = values.weight();
  }

  public Tally.Values values() {
    return new Tally.Values(cost, hits, weight);
  }
}
