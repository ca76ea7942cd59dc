package org.shallownet.backend.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Owns what is allocated in it and frees that when it closes. */
public final class Scope implements Allocation.Owner, AutoCloseable {
  private final Object device;
  private final Consumer<Scope> closing;
  private final Deque<Allocation> allocations = new ArrayDeque<>();
  private boolean closed;

  /**
   * A scope of a device.
   *
   * @param closing what the device does when the scope is to close, {@link #free} included
   */
  Scope(Object device, Consumer<Scope> closing) {
    this.device = device;
    this.closing = closing;
  }

  @Override
  public boolean isOf(Object other) {
    return device == other;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  int allocationCount() {
    return allocations.size();
  }

  long bytes() {
    return allocations.stream().mapToLong(Allocation::bytes).sum();
  }

  /** Takes over what is to be freed when this scope closes, before what it owned already. */
  public void own(Allocation allocation) {
    allocation.ownedBy(this);
    allocations.push(allocation);
  }

  /** Frees everything allocated in this scope; a second call does nothing. */
  @Override
  public void close() {
    closing.accept(this);
  }

  /** Frees the memory, last allocated first. */
  void free() {
    closed = true;
    while (!allocations.isEmpty()) {
      allocations.pop().free();
    }
  }
}
