package org.shallownet.backend;

/** A counter that knows its memory, so that {@link AbstractBackend} can check its owner. */
public abstract class AbstractCounter implements Counter {
  private final Allocation allocation;

  /** A counter in this memory. */
  protected AbstractCounter(Allocation allocation) {
    this.allocation = allocation;
  }

  /** The memory it lies in. */
  public final Allocation allocation() {
    return allocation;
  }
}
