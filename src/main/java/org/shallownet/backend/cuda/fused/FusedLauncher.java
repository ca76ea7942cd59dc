package org.shallownet.backend.cuda.fused;

import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.KernelArguments;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DriverCalls;

/** Starts kernels that are compiled for a network on a card's stream. */
public final class FusedLauncher extends KernelArguments<FusedLauncher> {
  private final CudaDevice device;
  private FusedKernel kernel = FusedKernel.WHOLE_RUN;

  /** A launcher on the card's stream. */
  public FusedLauncher(CudaDevice device) {
    this.device = device;
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
    Pointer arguments = complete();
    CUfunction function = module.function(kernel.symbol());
    DriverCalls.run(
        device.operation() + ": kernel " + kernel.symbol(),
        () ->
            JCudaDriver.cuLaunchKernel(
                function,
                blocksX,
                blocksY,
                1,
                threads,
                1,
                1,
                sharedBytes,
                device.stream(),
                arguments,
                null));
  }
}
