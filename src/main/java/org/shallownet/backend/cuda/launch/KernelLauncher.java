package org.shallownet.backend.cuda.launch;

import java.nio.ByteBuffer;
import java.util.List;
import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.driver.HostBuffer;
import org.shallownet.backend.device.BackendException;

/**
 * Starts kernels on a card's stream: takes a kernel's arguments, one after the other, and launches
 * it. {@link LibraryLauncher} starts the kernels that every card has, {@link
 * org.shallownet.backend.cuda.fused.FusedLauncher} those that are compiled for a network.
 *
 * <p>Arguments are written into a block of native memory that begins with pointers to its own
 * slots, the array that the driver wants. It is made once and used for every launch, since the
 * driver has taken the arguments when the call returns: nested {@code Pointer}s would take JCuda
 * ten times as long.
 *
 * @param <T> the launcher that extends this one
 */
public abstract class KernelLauncher<T extends KernelLauncher<T>> implements AutoCloseable {
  private static final int MOST_ARGUMENTS = 24;
  private static final int SLOTS = MOST_ARGUMENTS * Long.BYTES;

  /** Where the two parameters of a kernel whose arguments are a struct have their pointers. */
  private static final int STRUCT_POINTERS = 2 * SLOTS;

  /** Where its second parameter, the address of many structs, lies. */
  private static final int MANY = STRUCT_POINTERS + 2 * Long.BYTES;

  private final CudaDevice device;
  private final HostBuffer block = new HostBuffer(MANY + Long.BYTES);
  private final ByteBuffer bytes = block.bytes();
  private final Pointer structPointers = block.pointer().withByteOffset(STRUCT_POINTERS);
  private String kernel = "";
  private List<Kernel.Argument> types = List.of();
  private Kernel.@Nullable Struct struct;
  private int count;

  /** A launcher on the card's stream, with room for the arguments of one kernel at a time. */
  protected KernelLauncher(CudaDevice device) {
    this.device = device;
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      bytes.putLong(i * Long.BYTES, block.address() + SLOTS + (long) i * Long.BYTES);
    }
    bytes.putLong(STRUCT_POINTERS, block.address() + SLOTS);
    bytes.putLong(STRUCT_POINTERS + Long.BYTES, block.address() + MANY);
  }

  /** The launcher itself. */
  protected abstract T self();

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  protected T begin(String symbol, List<Kernel.Argument> parameters) {
    return begin(symbol, parameters, null);
  }

  /** The same for a kernel whose arguments are members of a struct; null for none. */
  protected T begin(
      String symbol, List<Kernel.Argument> parameters, Kernel.@Nullable Struct members) {
    kernel = symbol;
    types = parameters;
    struct = members;
    count = 0;
    return self();
  }

  /** Adds where a matrix begins. */
  public T add(CudaMatrix matrix) {
    return address(matrix.address());
  }

  /** Adds where a tally lies. */
  public T add(CudaTally tally) {
    return add(tally.memory());
  }

  /** Adds where a counter lies. */
  public T add(CudaCounter counter) {
    return add(counter.memory());
  }

  /** Adds where memory begins. */
  public T add(DeviceMemory memory) {
    return address(memory.address());
  }

  /** Adds an address, or 0 for none. */
  public T address(long value) {
    bytes.putLong(next(Kernel.Argument.POINTER), value);
    return self();
  }

  /** Adds a 64-bit integer. */
  public T int64(long value) {
    bytes.putLong(next(Kernel.Argument.LONG), value);
    return self();
  }

  /** Adds a 32-bit integer. */
  public T int32(int value) {
    bytes.putInt(next(Kernel.Argument.INT), value);
    return self();
  }

  /** Adds a float. */
  public T float32(float value) {
    bytes.putFloat(next(Kernel.Argument.FLOAT), value);
    return self();
  }

  /** Adds a double. */
  public T float64(double value) {
    bytes.putDouble(next(Kernel.Argument.DOUBLE), value);
    return self();
  }

  private int next(Kernel.Argument type) {
    if (count == types.size() || types.get(count) != type) {
      throw new IllegalStateException(
          "argument " + count + " of kernel " + kernel + " can't be a " + type);
    }
    int index = count++;
    return SLOTS + (struct == null ? index * Long.BYTES : struct.offset(index));
  }

  /** A copy of the struct of arguments that has been filled. */
  protected ByteBuffer arguments(Kernel.Struct members) {
    requireAll();
    byte[] copy = new byte[members.bytes()];
    bytes.get(SLOTS, copy);
    return ByteBuffer.wrap(copy).asReadOnlyBuffer();
  }

  private void requireAll() {
    if (count != types.size()) {
      throw new IllegalStateException("kernel " + kernel + " was given " + count + " arguments");
    }
  }

  /**
   * Starts the kernel whose arguments have been added.
   *
   * @param blocksX blocks of the grid in x
   * @param blocksY in y
   * @param threads of a block
   * @param sharedBytes dynamic shared memory of a block
   * @throws BackendException if the driver refuses it
   * @throws IllegalStateException if there are too few arguments
   */
  protected void start(
      CUfunction function, int blocksX, int blocksY, int threads, int sharedBytes) {
    requireAll();
    start(function, new Grid(blocksX, blocksY, 1), threads, sharedBytes);
  }

  /** How many blocks a grid has in each direction. */
  protected record Grid(int x, int y, int z) {}

  /** Starts a kernel whose struct of arguments has been filled. */
  protected void startOne(CUfunction function, Grid grid, int threads) {
    requireAll();
    bytes.putLong(MANY, 0);
    start(function, grid, threads, 0);
  }

  /**
   * Starts a kernel for many operations, whose structs lie on the card; the grid's y is their
   * number.
   */
  protected void startMany(CUfunction function, Grid grid, int threads, long structs) {
    bytes.putLong(MANY, structs);
    start(function, grid, threads, 0);
  }

  private void start(CUfunction function, Grid grid, int threads, int sharedBytes) {
    // Launches are many and short: what failed is put into words only when something has.
    String failure;
    try {
      int result =
          JCudaDriver.cuLaunchKernel(
              function,
              grid.x(),
              grid.y(),
              grid.z(),
              threads,
              1,
              1,
              sharedBytes,
              device.stream(),
              struct == null ? block.pointer() : structPointers,
              null);
      failure = result == CUresult.CUDA_SUCCESS ? "" : CUresult.stringFor(result);
    } catch (CudaException e) {
      failure = DriverCalls.name(e);
    }
    if (!failure.isEmpty()) {
      throw DriverCalls.fault(device.operation() + ": kernel " + kernel, failure);
    }
  }

  @Override
  public void close() {
    block.free();
  }
}
