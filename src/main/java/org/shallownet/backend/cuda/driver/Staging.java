package org.shallownet.backend.cuda.driver;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * What goes between the host's memory and a card's passes through here: two page-locked buffers,
 * one being filled while the other is being copied. The source is free as soon as it has been put
 * into a buffer, long before the card has it.
 */
public final class Staging implements AutoCloseable {
  private final CudaDevice device;
  private final Half[] halves = new Half[2];
  private final int bytes;
  private int next;

  /**
   * Buffers for a card.
   *
   * @param bytes the size of each of the two, a multiple of 8
   */
  public Staging(CudaDevice device, int bytes) {
    this.device = device;
    this.bytes = bytes;
    try {
      for (int i = 0; i < halves.length; i++) {
        halves[i] = new Half(bytes);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Copies as many floats of the source, from its position on, as the destination has. */
  public void upload(FloatBuffer source, CudaMatrix destination) {
    long size = destination.size();
    int most = bytes / Float.BYTES;
    for (long done = 0; done < size; done += most) {
      int count = (int) Math.min(most, size - done);
      Half half = free();
      half.floats.clear().limit(count);
      int limit = source.limit();
      half.floats.put(source.limit(source.position() + count));
      source.limit(limit);
      send(half, destination.pointer(), Float.BYTES * done, (long) Float.BYTES * count);
    }
  }

  /** Copies what the source has left to the beginning of memory. */
  public void upload(ByteBuffer source, DeviceMemory destination) {
    long done = 0;
    while (source.hasRemaining()) {
      int count = Math.min(bytes, source.remaining());
      Half half = free();
      half.buffer.bytes().clear().put(source.slice(source.position(), count));
      source.position(source.position() + count);
      send(half, destination.pointer(), done, count);
      done += count;
    }
  }

  /** Copies a few 64-bit words. */
  public void upload(CUdeviceptr destination, long... words) {
    Half half = free();
    half.longs.clear().put(words);
    send(half, destination, 0, (long) Long.BYTES * words.length);
  }

  /** The next half, once nothing is being copied from it. */
  private Half free() {
    Half half = halves[next];
    next = 1 - next;
    if (half.busy) {
      DriverCalls.run(
          device.operation() + ": cuEventSynchronize",
          () -> JCudaDriver.cuEventSynchronize(half.copied));
      half.busy = false;
    }
    return half;
  }

  private void send(Half half, CUdeviceptr destination, long offset, long count) {
    CUdeviceptr to = offset == 0 ? destination : destination.withByteOffset(offset);
    half.busy = true;
    device.copyToDevice(half.pointer(), to, count);
    DriverCalls.run(
        device.operation() + ": cuEventRecord",
        () -> JCudaDriver.cuEventRecord(half.copied, device.stream()));
  }

  /** Copies the whole source and waits for it. */
  public void download(CudaMatrix source, FloatBuffer destination) {
    long size = source.size();
    int most = bytes / Float.BYTES;
    // The stream's order keeps what is still being copied from the buffer from being overwritten.
    Half half = halves[next];
    for (long done = 0; done < size; done += most) {
      int count = (int) Math.min(most, size - done);
      CUdeviceptr from = source.pointer().withByteOffset(Float.BYTES * done);
      device.copyToHost(from, half.pointer(), (long) Float.BYTES * count);
      device.synchronize();
      destination.put(half.floats.clear().limit(count));
    }
  }

  /**
   * Reads as many doubles as the destination has from where a matrix begins, and waits for them.
   */
  public void download(CudaMatrix source, double[] destination) {
    int most = bytes / Double.BYTES;
    for (int done = 0; done < destination.length; done += most) {
      int count = Math.min(most, destination.length - done);
      CUdeviceptr from = source.pointer().withByteOffset((long) Double.BYTES * done);
      LongBuffer words = download(from, count);
      for (int i = 0; i < count; i++) {
        destination[done + i] = Double.longBitsToDouble(words.get(i));
      }
    }
  }

  /** Reads {@code count} 64-bit words and waits for them. */
  public LongBuffer download(CUdeviceptr source, int count) {
    Half half = halves[next];
    device.copyToHost(source, half.pointer(), (long) Long.BYTES * count);
    device.synchronize();
    return half.longs.clear().limit(count);
  }

  @Override
  public void close() {
    for (Half half : halves) {
      if (half != null) {
        half.free();
      }
    }
  }

  /** One of the buffers. */
  private static final class Half {
    private final HostBuffer buffer;
    private final FloatBuffer floats;
    private final LongBuffer longs;
    private final CUevent copied = new CUevent();
    private boolean busy;

    private Half(int bytes) {
      buffer = new HostBuffer(bytes);
      try {
        DriverCalls.run(
            "creating an event",
            () -> JCudaDriver.cuEventCreate(copied, CUevent_flags.CU_EVENT_DISABLE_TIMING));
      } catch (RuntimeException | Error e) {
        buffer.free();
        throw e;
      }
      floats = buffer.bytes().asFloatBuffer();
      longs = buffer.bytes().asLongBuffer();
    }

    private Pointer pointer() {
      return buffer.pointer();
    }

    private void free() {
      DriverCalls.release("cuEventDestroy", () -> JCudaDriver.cuEventDestroy(copied));
      buffer.free();
    }
  }
}
