package org.shallownet.backend.cuda.driver;

import java.util.Optional;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures operations from a card's stream as graphs.
 *
 * <p>What can run may still refuse to be captured: a kernel that must first be loaded, a product
 * for which a library wants memory, a driver that is short of it. That is no fault of the card, and
 * is said once; the operations can be started one by one. Operations that have run before, with the
 * same shapes, have nothing left to prepare.
 */
public final class GraphCapture {
  /** Whether recordings are to be graphs; off, they are repeated call by call. */
  public static final OnOffProperty GRAPHS = new OnOffProperty("shallownet.cuda.graphs");

  private static final Logger LOG = LoggerFactory.getLogger(GraphCapture.class);

  private final CudaDevice device;
  private boolean told;

  /** Captures from this card's stream. */
  public GraphCapture(CudaDevice device) {
    this.device = device;
  }

  /**
   * Captures what this puts into the card's stream; nothing of it runs. Waits for the work so far
   * only where that is refused.
   *
   * @param tables brings to the card what the operations will read, before they are captured; they
   *     belong to the graph
   * @return the graph; empty if these operations can't be captured here and now
   * @throws BackendException if the card has failed
   */
  public Optional<CudaGraph> capture(Tables tables, Runnable operations) {
    device.enter("record");
    try {
      DeviceMemory memory = tables.bring();
      try {
        return Optional.of(new CudaGraph(device, executable(operations), memory));
      } catch (RuntimeException | Error e) {
        if (memory != null) {
          device.free(memory);
        }
        throw e;
      }
    } catch (BackendException e) {
      requireCard(e);
      tell(e);
      return Optional.empty();
    } catch (DeviceMemoryException e) {
      tell(e);
      return Optional.empty();
    }
  }

  /** What brings tables of arguments to a card. */
  public interface Tables {
    /**
     * Brings them.
     *
     * @return null if there are none
     */
    @Nullable DeviceMemory bring();
  }

  private CUgraphExec executable(Runnable operations) {
    CUgraph graph = new CUgraph();
    try {
      record(operations, graph);
      CUgraphExec executable = new CUgraphExec();
      DriverCalls.run(
          "record: cuGraphInstantiate",
          () -> JCudaDriver.cuGraphInstantiate(executable, graph, 0L));
      return executable;
    } finally {
      // A failure may have kept the driver from making one.
      if (!graph.equals(new CUgraph())) {
        DriverCalls.release("cuGraphDestroy", () -> JCudaDriver.cuGraphDestroy(graph));
      }
    }
  }

  private void record(Runnable operations, CUgraph graph) {
    // Other threads with backends of their own go on allocating meanwhile.
    DriverCalls.run(
        "record: cuStreamBeginCapture",
        () ->
            JCudaDriver.cuStreamBeginCapture(
                device.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    try {
      operations.run();
    } catch (RuntimeException | Error e) {
      DriverCalls.attempt(() -> JCudaDriver.cuStreamEndCapture(device.stream(), graph));
      throw e;
    }
    DriverCalls.run(
        "record: cuStreamEndCapture", () -> JCudaDriver.cuStreamEndCapture(device.stream(), graph));
  }

  /** A card that has failed, or a stream that still captures, says so here. */
  private void requireCard(BackendException refusal) {
    try {
      device.enter("record");
      device.synchronize();
    } catch (BackendException e) {
      refusal.addSuppressed(e);
      throw refusal;
    }
  }

  private void tell(RuntimeException refusal) {
    if (told) {
      LOG.debug("not captured: {}", refusal.getMessage());
    } else {
      LOG.warn(
          "a step can't be captured as a CUDA graph ({}); its operations are started one by one,"
              + " which gives the same bits and takes longer",
          refusal.getMessage());
    }
    told = true;
  }
}
