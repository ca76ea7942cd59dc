package org.shallownet.backend.cuda;

import jcuda.driver.JCudaDriver;

/** Memory on the card for what lives only within an operation. */
final class Scratch implements AutoCloseable {
  /** How many row numbers fit. */
  static final int MOST_INDICES = 1 << 16;

  /** How many partial sums over rows fit in any case. */
  static final int LEAST_SUMS = 1 << 15;

  private final CudaDevice device;
  private final DeviceMemory partials;
  private final DeviceMemory indices;
  private final DeviceMemory firstBad;
  private DeviceMemory sums;

  Scratch(CudaDevice device) {
    this.device = device;
    DeviceMemory[] pieces = new DeviceMemory[4];
    try {
      pieces[0] = device.allocate((long) Kernel.MAX_PARTIALS * Kernel.TALLY_BYTES);
      pieces[1] = device.allocate((long) MOST_INDICES * Long.BYTES);
      pieces[2] = device.allocate(Long.BYTES);
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
    indices = pieces[1];
    firstBad = pieces[2];
    sums = pieces[3];
  }

  /** A tally for each of {@link Kernel#MAX_PARTIALS} blocks. */
  DeviceMemory partials() {
    return partials;
  }

  /** {@link #MOST_INDICES} row numbers. */
  DeviceMemory indices() {
    return indices;
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
   * should allocate nothing.
   *
   * @throws org.shallownet.backend.DeviceMemoryException if there is not enough memory
   */
  void reserveSums(long count) {
    long bytes = count * Double.BYTES;
    if (bytes > sums.bytes()) {
      DeviceMemory larger = device.allocate(bytes);
      device.free(sums);
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
    device.free(indices);
    device.free(firstBad);
    device.free(sums);
  }
}
