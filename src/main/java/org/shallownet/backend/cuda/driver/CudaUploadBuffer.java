package org.shallownet.backend.cuda.driver;

import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.UploadBuffer;

/**
 * Page-locked memory and a matrix of a card, copied in the {@link CopyStream}. Two events order the
 * streams: a copy waits until what was there before has been used, and computing waits for the
 * copy.
 */
public final class CudaUploadBuffer extends UploadBuffer {
  private final CudaDevice device;
  private final CopyStream stream;
  private final Pinned pinned;

  /** Takes over all three parts. */
  private CudaUploadBuffer(CudaDevice device, CopyStream stream, Pinned pinned, CudaMatrix matrix) {
    super(pinned.buffer.bytes().asFloatBuffer(), pinned, matrix);
    this.device = device;
    this.stream = stream;
    this.pinned = pinned;
  }

  /** A buffer around a new matrix. */
  public static CudaUploadBuffer allocate(CudaDevice device, CopyStream stream, CudaMatrix matrix) {
    try {
      Pinned pinned = new Pinned(device, stream, (int) (Float.BYTES * matrix.size()));
      return new CudaUploadBuffer(device, stream, pinned, matrix);
    } catch (RuntimeException | Error e) {
      matrix.memory().free();
      throw e;
    }
  }

  @Override
  protected void doSend(Matrix rows) {
    device.enter("send");
    CudaMatrix to = (CudaMatrix) rows;
    to.memory().wroteClassesBelow(Classes.of(host().duplicate().clear(), to));
    stream.copy(pinned.buffer, to, pinned.used, pinned.copied);
  }

  @Override
  protected void doAwaitSent() {
    device.enter("awaitSent");
    stream.await(pinned.copied);
  }

  @Override
  protected void doRelease() {
    device.enter("release");
    stream.recordComputed(pinned.used);
  }

  /** The host's side, with the events. */
  private static final class Pinned extends Allocation {
    private final CudaDevice device;
    private final HostBuffer buffer;

    /** What was last sent has been used; at first: the matrix has been filled with zeros. */
    private final CUevent used;

    private final CUevent copied;

    Pinned(CudaDevice device, CopyStream stream, int bytes) {
      super(bytes);
      this.device = device;
      buffer = new HostBuffer(bytes);
      CUevent[] events = new CUevent[2];
      try {
        events[0] = stream.newEvent();
        events[1] = stream.newEvent();
        stream.recordComputed(events[0]);
      } catch (RuntimeException | Error e) {
        release(buffer, events);
        throw e;
      }
      used = events[0];
      copied = events[1];
    }

    private static void release(HostBuffer buffer, CUevent... events) {
      for (CUevent event : events) {
        if (event != null) {
          DriverCalls.release("cuEventDestroy", () -> JCudaDriver.cuEventDestroy(event));
        }
      }
      buffer.free();
    }

    @Override
    protected void free() {
      device.makeCurrent();
      DriverCalls.release("cuEventSynchronize", () -> JCudaDriver.cuEventSynchronize(copied));
      release(buffer, used, copied);
    }
  }
}
