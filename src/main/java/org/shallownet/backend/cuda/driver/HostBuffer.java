package org.shallownet.backend.cuda.driver;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.device.DeviceMemoryException;

/**
 * Page-locked host memory, which the card copies from and to without the processor's help.
 *
 * <p>Java reads and writes it as {@link #bytes}; its address is known, so that it can hold pointers
 * to itself.
 */
public final class HostBuffer {
  private final Block block = new Block();
  private final ByteBuffer bytes;

  /**
   * A buffer of {@code size} bytes that all hold 0.
   *
   * @throws DeviceMemoryException if there is not enough memory
   */
  public HostBuffer(int size) {
    String failure = DriverCalls.attempt(() -> JCudaDriver.cuMemAllocHost(block, size));
    if (failure.equals(DriverCalls.OUT_OF_MEMORY)) {
      throw new DeviceMemoryException(
          "the machine's page-locked memory",
          size,
          freeBytes(),
          "close other programs, or choose fewer units",
          null);
    }
    if (!failure.isEmpty()) {
      throw DriverCalls.fault("allocating " + size + " bytes of page-locked memory", failure);
    }
    bytes = block.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
    byte[] zeros = new byte[Math.min(size, 4096)];
    while (bytes.hasRemaining()) {
      bytes.put(zeros, 0, Math.min(zeros.length, bytes.remaining()));
    }
    bytes.clear();
  }

  private static long freeBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getFreeMemorySize()
        : 0;
  }

  /** What it holds, in native byte order. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** Its address, for copies and calls. */
  public Pointer pointer() {
    return block;
  }

  /** Its address as a number. */
  public long address() {
    return block.address();
  }

  public void free() {
    DriverCalls.release("freeing page-locked memory", () -> JCudaDriver.cuMemFreeHost(block));
  }

  private static final class Block extends Pointer {
    long address() {
      return getNativePointer();
    }
  }
}
