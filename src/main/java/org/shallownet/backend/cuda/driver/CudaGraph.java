package org.shallownet.backend.cuda.driver;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.device.Recording;

/** A recording that the driver has captured from the stream as a graph: one call starts it all. */
public final class CudaGraph extends Recording {
  /** The system property that, set to {@code off}, has recordings repeated call by call. */
  public static final String PROPERTY = "shallownet.cuda.graphs";

  private final CudaDevice device;
  private final CUgraphExec executable;

  private CudaGraph(CudaDevice device, CUgraphExec executable) {
    super(0);
    this.device = device;
    this.executable = executable;
  }

  /** Whether recordings are to be graphs. */
  public static boolean wanted() {
    String value = System.getProperty(PROPERTY, "on");
    if (!value.equals("on") && !value.equals("off")) {
      throw new IllegalArgumentException(
          "the system property " + PROPERTY + " is '" + value + "': choose on or off");
    }
    return value.equals("on");
  }

  /**
   * Captures what this puts into the card's stream; nothing of it runs.
   *
   * @throws org.shallownet.backend.device.BackendException if an operation or the driver fails; the
   *     stream captures no longer then
   */
  public static CudaGraph capture(CudaDevice device, Runnable operations) {
    device.enter("record");
    // Other threads with backends of their own go on allocating meanwhile.
    DriverCalls.run(
        "record: cuStreamBeginCapture",
        () ->
            JCudaDriver.cuStreamBeginCapture(
                device.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    CUgraph graph = new CUgraph();
    try {
      operations.run();
    } catch (RuntimeException | Error e) {
      DriverCalls.attempt(() -> JCudaDriver.cuStreamEndCapture(device.stream(), graph));
      destroy(graph);
      throw e;
    }
    try {
      DriverCalls.run(
          "record: cuStreamEndCapture",
          () -> JCudaDriver.cuStreamEndCapture(device.stream(), graph));
      CUgraphExec executable = new CUgraphExec();
      DriverCalls.run(
          "record: cuGraphInstantiate",
          () -> JCudaDriver.cuGraphInstantiate(executable, graph, 0L));
      return new CudaGraph(device, executable);
    } finally {
      destroy(graph);
    }
  }

  /** Gives the graph back, unless a failure has kept the driver from making one. */
  private static void destroy(CUgraph graph) {
    if (!graph.equals(new CUgraph())) {
      DriverCalls.release("cuGraphDestroy", () -> JCudaDriver.cuGraphDestroy(graph));
    }
  }

  @Override
  protected void replay() {
    device.enter("replay");
    DriverCalls.run(
        "replay: cuGraphLaunch", () -> JCudaDriver.cuGraphLaunch(executable, device.stream()));
  }

  @Override
  protected void free() {
    device.makeCurrent();
    DriverCalls.release("cuGraphExecDestroy", () -> JCudaDriver.cuGraphExecDestroy(executable));
  }
}
