package org.shallownet.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Page-locked host memory, which the card copies from and to without the processor's help.
 *
 * <p>Java reads and writes it as {@link #bytes}; its address is known, so that it can hold pointers
 * to itself.
 */
final class HostBuffer {
  private final Block block = new Block();
  private final ByteBuffer bytes;

  /** A buffer of {@code size} bytes that all hold 0. */
  HostBuffer(int size) {
    DriverCalls.run(
        "allocating " + size + " bytes of page-locked memory",
        () -> JCudaDriver.cuMemAllocHost(block, size));
    bytes = block.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
    bytes.put(new byte[size]).clear();
  }

  /** What it holds, in native byte order. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Its address, for copies and calls. */
  Pointer pointer() {
    return block;
  }

  /** Its address as a number. */
  long address() {
    return block.address();
  }

  void free() {
    DriverCalls.release("freeing page-locked memory", () -> JCudaDriver.cuMemFreeHost(block));
  }

  private static final class Block extends Pointer {
    long address() {
      return getNativePointer();
    }
  }
}
