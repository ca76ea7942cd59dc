package org.shallownet.backend.cuda;

import java.nio.ByteBuffer;
import jcuda.CudaException;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.driver.HostBuffer;
import org.shallownet.backend.device.BackendException;

/**
 * Starts kernels on a card's stream.
 *
 * <p>Arguments are written into a block of native memory that begins with pointers to its own
 * slots, the array that the driver wants. It is made once and used for every launch, since the
 * driver has taken the arguments when the call returns: nested {@code Pointer}s would take JCuda
 * ten times as long.
 */
final class KernelLauncher implements AutoCloseable {
  private static final int MOST_ARGUMENTS = 24;
  private static final int SLOTS = MOST_ARGUMENTS * Long.BYTES;

  private final CudaDevice device;
  private final KernelLibrary library;
  private final HostBuffer block = new HostBuffer(2 * SLOTS);
  private final ByteBuffer bytes = block.bytes();
  private Kernel kernel = Kernel.TALLY_ADD;
  private int count;

  /** Starts this library's kernels on the card's stream. */
  KernelLauncher(CudaDevice device, KernelLibrary library) {
    this.device = device;
    this.library = library;
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      bytes.putLong(i * Long.BYTES, block.address() + slot(i));
    }
  }

  private static int slot(int index) {
    return SLOTS + index * Long.BYTES;
  }

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  KernelLauncher kernel(Kernel next) {
    kernel = next;
    count = 0;
    return this;
  }

  /** Adds where a matrix begins. */
  KernelLauncher add(CudaMatrix matrix) {
    return address(matrix.address());
  }

  /** Adds where a tally lies. */
  KernelLauncher add(CudaTally tally) {
    return address(tally.memory().address());
  }

  /** Adds where a counter lies. */
  KernelLauncher add(CudaCounter counter) {
    return address(counter.memory().address());
  }

  /** Adds where memory begins. */
  KernelLauncher add(DeviceMemory memory) {
    return address(memory.address());
  }

  /** Adds an address, or 0 for none. */
  KernelLauncher address(long value) {
    bytes.putLong(next(Kernel.Argument.POINTER), value);
    return this;
  }

  /** Adds a 64-bit integer. */
  KernelLauncher int64(long value) {
    bytes.putLong(next(Kernel.Argument.LONG), value);
    return this;
  }

  /** Adds a 32-bit integer. */
  KernelLauncher int32(int value) {
    bytes.putInt(next(Kernel.Argument.INT), value);
    return this;
  }

  /** Adds a float. */
  KernelLauncher float32(float value) {
    bytes.putFloat(next(Kernel.Argument.FLOAT), value);
    return this;
  }

  /** Adds a double. */
  KernelLauncher float64(double value) {
    bytes.putDouble(next(Kernel.Argument.DOUBLE), value);
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
   * @param items how many elements or rows it works on, as its source says
   * @return how many blocks of threads share them
   */
  int launch(long items) {
    int blocks = kernel.blocks(items);
    launch(blocks, 1);
    return blocks;
  }

  /** Starts the kernel on a grid of this many blocks in x and y. */
  void launch(int blocksX, int blocksY) {
    if (count != kernel.arguments().size()) {
      throw new IllegalStateException("kernel " + kernel + " was given " + count + " arguments");
    }
    CUfunction function = library.function(kernel);
    String failure;
    try {
      int result =
          JCudaDriver.cuLaunchKernel(
              function,
              blocksX,
              blocksY,
              1,
              Kernel.THREADS,
              1,
              1,
              0,
              device.stream(),
              block.pointer(),
              null);
      failure = result == CUresult.CUDA_SUCCESS ? "" : CUresult.stringFor(result);
    } catch (CudaException e) {
      failure = DriverCalls.name(e);
    }
    if (!failure.isEmpty()) {
      throw fault(failure);
    }
  }

  private BackendException fault(String failure) {
    return DriverCalls.fault(device.operation() + ": kernel " + kernel.symbol(), failure);
  }

  @Override
  public void close() {
    block.free();
  }
}
