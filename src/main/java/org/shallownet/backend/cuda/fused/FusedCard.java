package org.shallownet.backend.cuda.fused;

import java.util.function.Supplier;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.cuda.compile.KernelLoader;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.Staging;

/**
 * What engines of this package need of a backend.
 *
 * @param backend whose matrices are {@link org.shallownet.backend.cuda.driver.CudaMatrix}
 * @param device the card
 * @param staging copies to and from the host
 * @param loader of kernels
 * @param launcher of kernels
 * @param guard what runs calls of the card
 */
public record FusedCard(
    AbstractBackend backend,
    CudaDevice device,
    Staging staging,
    KernelLoader loader,
    FusedLauncher launcher,
    Guard guard) {
  /** Runs a call; a fault of the card in it makes the backend unusable. */
  public interface Guard {
    /** Runs a call. */
    <T> T run(Supplier<T> call);
  }

  /** Runs a call of the card. */
  void run(String operation, Runnable call) {
    guard.run(
        () -> {
          device.enter(operation);
          call.run();
          return operation;
        });
  }
}
