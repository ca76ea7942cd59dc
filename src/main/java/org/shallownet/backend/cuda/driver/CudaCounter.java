package org.shallownet.backend.cuda.driver;

import org.shallownet.backend.device.Counter;

/** A counter in a card's memory: a 64-bit integer. */
public final class CudaCounter extends Counter {
  private final DeviceMemory memory;

  public CudaCounter(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  public DeviceMemory memory() {
    return memory;
  }
}
