package org.shallownet.backend.cpu;

import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Counter;

/** A counter in a field. */
final class CpuCounter extends Counter {
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
