package org.shallownet.backend.cuda.fused;

import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.launch.KernelLauncher;

/** Starts kernels that are compiled for a network. */
public final class FusedLauncher extends KernelLauncher<FusedLauncher> {
  private FusedKernel kernel = FusedKernel.WHOLE_RUN;

  /** A launcher on the card's stream. */
  public FusedLauncher(CudaDevice device) {
    super(device);
  }

  @Override
  protected FusedLauncher self() {
    return this;
  }

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  FusedLauncher kernel(FusedKernel next) {
    kernel = next;
    return begin(next.symbol(), next.arguments());
  }

  /**
   * Starts the kernel.
   *
   * @param blocksX blocks of the grid in x
   * @param blocksY in y
   * @param threads of a block
   * @param sharedBytes dynamic shared memory of a block
   */
  void launch(FusedModule module, int blocksX, int blocksY, int threads, int sharedBytes) {
    start(module.function(kernel.symbol()), blocksX, blocksY, threads, sharedBytes);
  }
}
