package org.shallownet.backend.cuda.driver;

import java.nio.ByteBuffer;
import java.util.function.ObjIntConsumer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Brings tables of arguments to a card for launches that follow at once. They go through two halves
 * of page-locked memory, each with its copy on the card, so that the host waits only where it is
 * half of them ahead.
 */
public final class ArgumentTables implements AutoCloseable {
  private final CudaDevice device;
  private final int halfBytes;
  private final HostBuffer host;
  private final DeviceMemory memory;
  private final CUevent[] copied = {new CUevent(), new CUevent()};
  private final boolean[] busy = new boolean[2];
  private int half;
  private int used;

  /**
   * Room for a card's tables.
   *
   * @param mostBytes how long a table may be
   */
  public ArgumentTables(CudaDevice device, int mostBytes) {
    this.device = device;
    halfBytes = mostBytes;
    host = new HostBuffer(2 * halfBytes);
    int events = 0;
    try {
      memory = device.allocate(2L * halfBytes);
    } catch (RuntimeException | Error e) {
      host.free();
      throw e;
    }
    try {
      for (CUevent event : copied) {
        DriverCalls.run(
            "creating an event",
            () -> JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
        events++;
      }
    } catch (RuntimeException | Error e) {
      free(events);
      throw e;
    }
  }

  /**
   * Brings a table, in the order of the stream.
   *
   * @param bytes its length, a multiple of 16
   * @param put puts it into a buffer, from a place on
   * @return its address on the card, for launches before the next table is brought
   */
  public long bring(int bytes, ObjIntConsumer<ByteBuffer> put) {
    if (used + bytes > halfBytes) {
      turn();
    }
    int at = half * halfBytes + used;
    put.accept(host.bytes(), at);
    used += bytes;
    device.copyToDevice(
        host.pointer().withByteOffset(at), memory.pointer().withByteOffset(at), bytes);
    return memory.address() + at;
  }

  /** Goes on with the other half, once nothing is being copied from it. */
  private void turn() {
    DriverCalls.run(
        device.operation() + ": cuEventRecord",
        () -> JCudaDriver.cuEventRecord(copied[half], device.stream()));
    busy[half] = true;
    half = 1 - half;
    used = 0;
    if (busy[half]) {
      DriverCalls.run(
          device.operation() + ": cuEventSynchronize",
          () -> JCudaDriver.cuEventSynchronize(copied[half]));
      busy[half] = false;
    }
  }

  @Override
  public void close() {
    free(copied.length);
  }

  private void free(int events) {
    for (int i = 0; i < events; i++) {
      CUevent event = copied[i];
      DriverCalls.release("cuEventDestroy", () -> JCudaDriver.cuEventDestroy(event));
    }
    device.free(memory);
    host.free();
  }
}
