package org.shallownet.backend.cuda.driver;

import org.shallownet.backend.device.Tally;

/** A tally in a card's memory: cost, hits and weight, all doubles. */
public final class CudaTally extends Tally {
  private final DeviceMemory memory;

  public CudaTally(DeviceMemory memory) {
    super(memory);
    this.memory = memory;
  }

  public DeviceMemory memory() {
    return memory;
  }
}
