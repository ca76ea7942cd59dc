package org.shallownet.backend.device;

/**
 * A count of steps in a device's memory, from 0. Operations that read it there, {@link
 * ElementwiseOperation.GatherBatch} and {@link UpdateOperation.AdamStep}, do something else at each
 * step though they are called, or replayed, the same way.
 */
public abstract class Counter implements Operand {
  private final Allocation allocation;

  /** A counter in this memory. */
  protected Counter(Allocation allocation) {
    this.allocation = allocation;
  }

  @Override
  public final Allocation allocation() {
    return allocation;
  }
}
