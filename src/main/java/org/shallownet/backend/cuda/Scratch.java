package org.shallownet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;

/**
 * Memory on the card for what lives only within an operation, or within several that are performed
 * at once and have a place each.
 */
final class Scratch implements AutoCloseable {
  private static final int ALIGNMENT = 16;

  private final CudaDevice device;
  private final DeviceMemory firstBad;
  private final List<DeviceMemory> outgrown = new ArrayList<>();
  private DeviceMemory memory;
  private long used;
  private boolean full;

  /**
   * Scratch memory.
   *
   * @param bytes how much there is in any case, see {@link CudaLimits}
   */
  Scratch(CudaDevice device, int bytes) {
    this.device = device;
    firstBad = device.allocate(Long.BYTES);
    try {
      memory = device.allocate(bytes);
    } catch (RuntimeException | Error e) {
      device.free(firstBad);
      throw e;
    }
  }

  /** What an operation leaves behind for the next of its kernels to add up. */
  record Partials(long address, int blocks) {}

  /** Begins anew: what was given out so far may be overwritten. */
  void startOver() {
    used = 0;
    full = false;
  }

  /** A tally for each of so many blocks. */
  Partials partials(int blocks) {
    return new Partials(take((long) blocks * Kernel.TALLY_BYTES), blocks);
  }

  /** The address of Adam's rate and root, or of the factor that clips a norm: two floats. */
  long rates() {
    return take(2 * Float.BYTES);
  }

  /** The address of so many partial sums over rows, which were reserved. */
  long sums(long count) {
    return take(count * Double.BYTES);
  }

  private long take(long bytes) {
    long begin = used;
    full |= begin + bytes > memory.bytes();
    used = (begin + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return memory.address() + begin;
  }

  /** Whether more was given out than there is, which happens to several operations only. */
  boolean isFull() {
    return full;
  }

  /** A 64-bit number, all its bits set. */
  DeviceMemory firstBad() {
    DriverCalls.run(
        device.operation() + ": cuMemsetD8Async",
        () ->
            JCudaDriver.cuMemsetD8Async(
                firstBad.pointer(), (byte) 0xff, firstBad.bytes(), device.stream()));
    return firstBad;
  }

  /**
   * Makes room for this many partial sums over rows, ahead of the operations that need it: those
   * should allocate nothing. What was outgrown stays, since recordings may write to it.
   *
   * @throws org.shallownet.backend.device.DeviceMemoryException if there is not enough memory
   */
  void reserveSums(long count) {
    long bytes = count * Double.BYTES;
    if (bytes > memory.bytes()) {
      DeviceMemory larger = device.allocate(bytes);
      outgrown.add(memory);
      memory = larger;
    }
  }

  @Override
  public void close() {
    device.free(firstBad);
    device.free(memory);
    outgrown.forEach(device::free);
  }
}
