package org.shallownet.backend.cuda;

import org.shallownet.backend.AbstractCounter;

/** A counter in a card's memory: a 64-bit integer. */
final class CudaCounter extends AbstractCounter {
  private final DeviceMemory memory;

  CudaCounter(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  DeviceMemory memory() {
    return memory;
  }
}
