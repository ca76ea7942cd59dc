package org.shallownet.backend.cuda.driver;

import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.Recording;

/** A recording that the driver has {@linkplain GraphCapture captured}: one call starts it all. */
public final class CudaGraph extends Recording {
  private final CudaDevice device;
  private final CUgraphExec executable;
  private final @Nullable DeviceMemory tables;
  private boolean replayed;

  /**
   * A graph.
   *
   * @param tables memory that its launches read, which is freed with it; null for none
   */
  CudaGraph(CudaDevice device, CUgraphExec executable, @Nullable DeviceMemory tables) {
    super(tables == null ? 0 : tables.bytes());
    this.device = device;
    this.executable = executable;
    this.tables = tables;
  }

  @Override
  protected void replay() {
    device.enter("replay");
    DriverCalls.run(
        "replay: cuGraphLaunch", () -> JCudaDriver.cuGraphLaunch(executable, device.stream()));
    replayed = true;
  }

  @Override
  protected void free() {
    device.makeCurrent();
    if (replayed) {
      device.awaitWork();
    }
    DriverCalls.release("cuGraphExecDestroy", () -> JCudaDriver.cuGraphExecDestroy(executable));
    if (tables != null) {
      device.free(tables);
    }
  }
}
