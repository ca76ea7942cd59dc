package org.shallownet.backend.device;

/** What a piece of memory knows of the scope that owns it. */
interface Owner {
  /** Whether the scope belongs to this device. */
  boolean isOf(Object device);

  /** Whether its memory has been freed. */
  boolean isClosed();
}
