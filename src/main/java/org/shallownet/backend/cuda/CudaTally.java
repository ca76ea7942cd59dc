package org.shallownet.backend.cuda;

import org.shallownet.backend.device.Tally;

/** A tally in a card's memory: cost, hits and weight, all doubles. */
final class CudaTally extends Tally {
  private final DeviceMemory memory;

  CudaTally(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  DeviceMemory memory() {
    return memory;
  }
}
