package org.shallownet.backend.cuda.driver;

import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.device.Recording;

/** A recording that the driver has {@linkplain GraphCapture captured}: one call starts it all. */
public final class CudaGraph extends Recording {
  private final CudaDevice device;
  private final CUgraphExec executable;
  private boolean replayed;

  CudaGraph(CudaDevice device, CUgraphExec executable) {
    super(0);
    this.device = device;
    this.executable = executable;
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
  }
}
