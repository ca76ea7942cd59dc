package org.shallownet.backend.cpu;

import org.shallownet.backend.AbstractCounter;
import org.shallownet.backend.Allocation;

/** A counter in a field. */
final class CpuCounter extends AbstractCounter {
  private long value;

  CpuCounter() {
    super(
        new Allocation(Long.BYTES) {
          @Override
          protected void free() {}
        });
  }

  void increment() {
    value++;
  }

  long value() {
    return value;
  }
}
