package org.shallownet.backend.cuda.compile;

import java.nio.ByteBuffer;
import java.util.List;
import jcuda.Pointer;
import org.shallownet.backend.cuda.driver.CudaCounter;
import org.shallownet.backend.cuda.driver.CudaMatrix;
import org.shallownet.backend.cuda.driver.CudaTally;
import org.shallownet.backend.cuda.driver.DeviceMemory;
import org.shallownet.backend.cuda.driver.HostBuffer;

/**
 * The arguments of a kernel, for launchers to extend.
 *
 * <p>They are written into a block of native memory that begins with pointers to its own slots, the
 * array that the driver wants. It is made once and used for every launch, since the driver has
 * taken the arguments when the call returns: nested {@code Pointer}s would take JCuda ten times as
 * long.
 *
 * @param <T> the launcher
 */
public abstract class KernelArguments<T extends KernelArguments<T>> implements AutoCloseable {
  private static final int MOST_ARGUMENTS = 24;
  private static final int SLOTS = MOST_ARGUMENTS * Long.BYTES;

  private final HostBuffer block = new HostBuffer(2 * SLOTS);
  private final ByteBuffer bytes = block.bytes();
  private String kernel = "";
  private List<Kernel.Argument> types = List.of();
  private int count;

  /** Room for the arguments of one kernel at a time. */
  protected KernelArguments() {
    for (int i = 0; i < MOST_ARGUMENTS; i++) {
      bytes.putLong(i * Long.BYTES, block.address() + slot(i));
    }
  }

  private static int slot(int index) {
    return SLOTS + index * Long.BYTES;
  }

  /** The launcher itself. */
  protected abstract T self();

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  protected T begin(String symbol, List<Kernel.Argument> parameters) {
    kernel = symbol;
    types = parameters;
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
    return slot(count++);
  }

  /**
   * The arguments as the driver wants them.
   *
   * @throws IllegalStateException if there are too few
   */
  protected Pointer complete() {
    if (count != types.size()) {
      throw new IllegalStateException("kernel " + kernel + " was given " + count + " arguments");
    }
    return block.pointer();
  }

  @Override
  public void close() {
    block.free();
  }
}
