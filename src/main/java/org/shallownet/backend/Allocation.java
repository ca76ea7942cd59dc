package org.shallownet.backend;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a backend's memory that a scope owns: what stands behind a matrix and all its row
 * ranges, behind all parts of a group, or behind a tally.
 */
public abstract class Allocation {
  private final long bytes;
  private @Nullable BackendScope scope;

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

  final void ownedBy(BackendScope owner) {
    scope = owner;
  }

  final @Nullable BackendScope scope() {
    return scope;
  }
}
