package org.shallownet.backend.cuda;

import org.shallownet.backend.device.Counter;

/** A counter in a card's memory: a 64-bit integer. */
final class CudaCounter extends Counter {
  private final DeviceMemory memory;

  CudaCounter(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  DeviceMemory memory() {
    return memory;
  }
}
