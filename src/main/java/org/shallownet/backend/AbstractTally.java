package org.shallownet.backend;

/** A tally that knows its memory, so that {@link AbstractBackend} can check its owner. */
public abstract class AbstractTally implements Tally {
  private final Allocation allocation;

  /** A tally in this memory. */
  protected AbstractTally(Allocation allocation) {
    this.allocation = allocation;
  }

  /** The memory it lies in. */
  public final Allocation allocation() {
    return allocation;
  }
}
