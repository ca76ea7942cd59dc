package org.shallownet.backend.device;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a device's memory that a scope owns: what stands behind a matrix and all its row
 * ranges, behind all parts of a group, behind a tally or a counter.
 */
public abstract class Allocation {
  private final long bytes;
  private @Nullable Owner owner;

  /** What a piece of memory knows of the scope that owns it. */
  interface Owner {
    /** Whether the scope belongs to this device. */
    boolean isOf(Object device);

    /** Whether its memory has been freed. */
    boolean isClosed();
  }

  /** Memory of this size. */
  protected Allocation(long bytes) {
    this.bytes = bytes;
  }

  /** How large it is. */
  public final long bytes() {
    return bytes;
  }

  /** Gives the memory back; called once. */
  protected abstract void free();

  final void ownedBy(Owner scope) {
    owner = scope;
  }

  /** The scope it was allocated in; null before that is known. */
  final @Nullable Owner owner() {
    return owner;
  }
}
