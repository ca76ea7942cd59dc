package org.shallownet.backend.cuda.driver;

import jcuda.driver.CUdeviceptr;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.Matrix;

/** A matrix in a card's memory, rows one after the other without gaps. */
public final class CudaMatrix extends Matrix {
  private final DeviceMemory memory;
  private @Nullable CUdeviceptr pointer;

  /**
   * A matrix within this memory.
   *
   * @param offset how many floats of the memory lie before it
   */
  public CudaMatrix(DeviceMemory memory, long offset, long rows, int columns) {
    super(memory, offset, rows, columns);
    this.memory = memory;
  }

  @Override
  protected CudaMatrix view(long first, long count) {
    return new CudaMatrix(memory, offset() + first * columns(), count, columns());
  }

  public DeviceMemory memory() {
    return memory;
  }

  /** Where it begins. */
  public CUdeviceptr pointer() {
    if (pointer == null) {
      pointer = memory.pointer().withByteOffset(Float.BYTES * offset());
    }
    return pointer;
  }

  /** Where it begins, as a number. */
  public long address() {
    return memory.address() + Float.BYTES * offset();
  }

  // What the host knows of its values: see DeviceMemory.

  public boolean holdsClassesBelow(int count) {
    return memory.holdsClassesBelow(count, offset(), offset() + size());
  }

  public void foundClassesBelow(int count) {
    memory.foundClassesBelow(count, offset(), offset() + size());
  }

  public void wroteValuesOf(CudaMatrix source) {
    memory.wroteValuesOf(source.memory, source.offset(), source.offset() + source.size());
  }
}
