package org.shallownet.backend.device;

/** Something in a device's memory that operations read or write. */
public interface Operand {
  /** The memory it lies in, shared with all that are parts of the same whole. */
  Allocation allocation();
}
