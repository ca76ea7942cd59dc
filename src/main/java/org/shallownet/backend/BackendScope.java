package org.shallownet.backend;

import java.util.ArrayDeque;
import java.util.Deque;

/** The scope of every backend that extends {@link AbstractBackend}. */
final class BackendScope implements Scope {
  private final AbstractBackend backend;
  private final Deque<Allocation> allocations = new ArrayDeque<>();
  private boolean closed;

  BackendScope(AbstractBackend backend) {
    this.backend = backend;
  }

  AbstractBackend backend() {
    return backend;
  }

  boolean isClosed() {
    return closed;
  }

  int allocationCount() {
    return allocations.size();
  }

  long bytes() {
    return allocations.stream().mapToLong(Allocation::bytes).sum();
  }

  void own(Allocation allocation) {
    allocation.ownedBy(this);
    allocations.push(allocation);
  }

  @Override
  public void close() {
    backend.close(this);
  }

  /** Frees the memory, last allocated first. */
  void free() {
    closed = true;
    while (!allocations.isEmpty()) {
      allocations.pop().free();
    }
  }
}
