package org.shallownet.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;

/** Memory on the card for what lives only within an operation. */
final class Scratch implements AutoCloseable {
  /** How many partial sums over rows fit in any case. */
  static final int LEAST_SUMS = 1 << 15;

  private final CudaDevice device;
  private final DeviceMemory partials;
  private final DeviceMemory firstBad;
  private final DeviceMemory rates;
  private final List<DeviceMemory> outgrown = new ArrayList<>();
  private DeviceMemory sums;

  Scratch(CudaDevice device) {
    this.device = device;
    DeviceMemory[] pieces = new DeviceMemory[4];
    try {
      pieces[0] = device.allocate((long) Kernel.MAX_PARTIALS * Kernel.TALLY_BYTES);
      pieces[1] = device.allocate(Long.BYTES);
      pieces[2] = device.allocate(2 * Float.BYTES);
      pieces[3] = device.allocate((long) LEAST_SUMS * Double.BYTES);
    } catch (RuntimeException | Error e) {
      for (DeviceMemory piece : pieces) {
        if (piece != null) {
          device.free(piece);
        }
      }
      throw e;
    }
    partials = pieces[0];
    firstBad = pieces[1];
    rates = pieces[2];
    sums = pieces[3];
  }

  /** A tally for each of {@link Kernel#MAX_PARTIALS} blocks. */
  DeviceMemory partials() {
    return partials;
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

  /** Adam's rate and root, or the factor that clips a norm: two floats. */
  DeviceMemory rates() {
    return rates;
  }

  /**
   * Makes room for this many partial sums over rows, ahead of the operations that need it: those
   * should allocate nothing. What was outgrown stays, since recordings may write to it.
   *
   * @throws org.shallownet.backend.DeviceMemoryException if there is not enough memory
   */
  void reserveSums(long count) {
    long bytes = count * Double.BYTES;
    if (bytes > sums.bytes()) {
      DeviceMemory larger = device.allocate(bytes);
      outgrown.add(sums);
      sums = larger;
    }
  }

  /** {@link #LEAST_SUMS} doubles, or as many as were reserved. */
  DeviceMemory sums() {
    return sums;
  }

  @Override
  public void close() {
    device.free(partials);
    device.free(firstBad);
    device.free(rates);
    device.free(sums);
    outgrown.forEach(device::free);
  }
}
