package org.shallownet.backend.cpu.primitives;

import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Counter;

/** A counter in a field. */
public final class CpuCounter extends Counter {
  private long value;

  public CpuCounter() {
    super(
        new Allocation(Long.BYTES) {
          @Override
          protected void free() {}
        });
  }

  public void set(long count) {
    value = count;
  }

  void increment() {
    value++;
  }

  long value() {
    return value;
  }
}
