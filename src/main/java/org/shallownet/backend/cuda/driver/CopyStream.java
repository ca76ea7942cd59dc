package org.shallownet.backend.cuda.driver;

import java.util.function.IntSupplier;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * The second stream of a card: what is copied in it is copied while the card computes. It is made
 * when it is first needed.
 */
public final class CopyStream implements AutoCloseable {
  private final CudaDevice device;
  private @Nullable CUstream stream;

  public CopyStream(CudaDevice device) {
    this.device = device;
  }

  private CUstream stream() {
    if (stream == null) {
      CUstream created = new CUstream();
      run(
          "cuStreamCreate",
          () -> JCudaDriver.cuStreamCreate(created, CUstream_flags.CU_STREAM_NON_BLOCKING));
      stream = created;
    }
    return stream;
  }

  /** An event for what follows. */
  CUevent newEvent() {
    CUevent event = new CUevent();
    run(
        "cuEventCreate",
        () -> JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
    return event;
  }

  /** Lets an event stand for all that has been queued for the card to compute. */
  void recordComputed(CUevent event) {
    run("cuEventRecord", () -> JCudaDriver.cuEventRecord(event, device.stream()));
  }

  /**
   * Copies once something has been computed, and lets what is computed from now on wait for that.
   *
   * @param after what {@link #recordComputed} was given
   * @param copied stands for the copy from now on
   */
  void copy(HostBuffer from, CudaMatrix to, CUevent after, CUevent copied) {
    CUstream copying = stream();
    run("cuStreamWaitEvent", () -> JCudaDriver.cuStreamWaitEvent(copying, after, 0));
    run(
        "cuMemcpyHtoDAsync",
        () ->
            JCudaDriver.cuMemcpyHtoDAsync(
                to.pointer(), from.pointer(), Float.BYTES * to.size(), copying));
    run("cuEventRecord", () -> JCudaDriver.cuEventRecord(copied, copying));
    run("cuStreamWaitEvent", () -> JCudaDriver.cuStreamWaitEvent(device.stream(), copied, 0));
  }

  /** Waits for a copy; if none was ever begun there is nothing to wait for. */
  void await(CUevent copied) {
    run("cuEventSynchronize", () -> JCudaDriver.cuEventSynchronize(copied));
  }

  private void run(String what, IntSupplier call) {
    DriverCalls.run(device.operation() + ": " + what, call);
  }

  @Override
  public void close() {
    CUstream created = stream;
    if (created != null) {
      device.makeCurrent();
      DriverCalls.release("cuStreamDestroy", () -> JCudaDriver.cuStreamDestroy(created));
    }
  }
}
