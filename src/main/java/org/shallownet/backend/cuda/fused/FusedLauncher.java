package org.shallownet.backend.cuda.fused;

import java.nio.ByteBuffer;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.driver.HostBuffer;

/**
 * Starts specialised kernels on a card's stream. Arguments are written into a block of native
 * memory that begins with pointers to its own slots, the array that the driver wants.
 */
public final class FusedLauncher implements AutoCloseable {
  private static final int MOST_ARGUMENTS = 24;
  private static final int SLOTS = MOST_ARGUMENTS * Long.BYTES;

  private final CudaDevice device;
  private final HostBuffer block = new HostBuffer(2 * SLOTS);
  private final ByteBuffer bytes = block.bytes();
  private FusedKernel kernel = FusedKernel.WHOLE_RUN;
  private int count;

  /** A launcher on the card's stream. */
  public FusedLauncher(CudaDevice device) {
    this.device = device;
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      bytes.putLong(i * Long.BYTES, block.address() + slot(i));
    }
  }

  private static int slot(int index) {
    return SLOTS + index * Long.BYTES;
  }

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  FusedLauncher kernel(FusedKernel next) {
    kernel = next;
    count = 0;
    return this;
  }

  /** Adds where a matrix begins. */
  FusedLauncher add(CudaMatrix matrix) {
    bytes.putLong(next(Kernel.Argument.POINTER), matrix.address());
    return this;
  }

  /** Adds where memory begins. */
  FusedLauncher add(DeviceMemory memory) {
    return address(memory.address());
  }

  /** Adds an address, or 0 for none. */
  FusedLauncher address(long value) {
    bytes.putLong(next(Kernel.Argument.POINTER), value);
    return this;
  }

  /** Adds a 64-bit integer. */
  FusedLauncher int64(long value) {
    bytes.putLong(next(Kernel.Argument.LONG), value);
    return this;
  }

  /** Adds a 32-bit integer. */
  FusedLauncher int32(int value) {
    bytes.putInt(next(Kernel.Argument.INT), value);
    return this;
  }

  private int next(Kernel.Argument type) {
    if (count == kernel.arguments().size() || kernel.arguments().get(count) != type) {
      throw new IllegalStateException(
          "argument " + count + " of kernel " + kernel + " can't be a " + type);
    }
    return slot(count++);
  }

  /**
   * Starts the kernel.
   *
   * @param blocksX blocks of the grid in x
   * @param blocksY in y
   * @param threads of a block
   * @param sharedBytes dynamic shared memory of a block
   */
  void launch(FusedModule module, int blocksX, int blocksY, int threads, int sharedBytes) {
    if (count != kernel.arguments().size()) {
      throw new IllegalStateException("kernel " + kernel + " was given " + count + " arguments");
    }
    CUfunction function = module.function(kernel.symbol());
    DriverCalls.run(
        device.operation() + ": kernel " + kernel.symbol(),
        () ->
            JCudaDriver.cuLaunchKernel(
                function,
                blocksX,
                blocksY,
                1,
                threads,
                1,
                1,
                sharedBytes,
                device.stream(),
                block.pointer(),
                null));
  }

  @Override
  public void close() {
    block.free();
  }
}
