package org.shallownet.backend.cuda;

import org.shallownet.backend.AbstractTally;

/** A tally in a card's memory: a double, the cost, then a 64-bit integer, the hits. */
final class CudaTally extends AbstractTally {
  private final DeviceMemory memory;

  CudaTally(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  DeviceMemory memory() {
    return memory;
  }
}
