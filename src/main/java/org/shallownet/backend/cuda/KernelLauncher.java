package org.shallownet.backend.cuda;

import jcuda.CudaException;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.KernelArguments;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.device.BackendException;

/**
 * Starts kernels of the library on a card's stream; {@link
 * org.shallownet.backend.cuda.fused.FusedLauncher} starts those that are compiled for a network.
 */
final class KernelLauncher extends KernelArguments<KernelLauncher> {
  private final CudaDevice device;
  private final KernelLibrary library;
  private Kernel kernel = Kernel.TALLY_ADD;

  /** Starts this library's kernels on the card's stream. */
  KernelLauncher(CudaDevice device, KernelLibrary library) {
    this.device = device;
    this.library = library;
  }

  @Override
  protected KernelLauncher self() {
    return this;
  }

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  KernelLauncher kernel(Kernel next) {
    kernel = next;
    return begin(next.symbol(), next.arguments());
  }

  /**
   * Starts the kernel.
   *
   * @param items how many elements or rows it works on, as its source says
   * @return how many blocks of threads share them
   */
  int launch(long items) {
    int blocks = kernel.blocks(items);
    launch(blocks, 1);
    return blocks;
  }

  /** Starts the kernel on a grid of this many blocks in x and y. */
  void launch(int blocksX, int blocksY) {
    Pointer arguments = complete();
    CUfunction function = library.function(kernel);
    String failure;
    try {
      int result =
          JCudaDriver.cuLaunchKernel(
              function,
              blocksX,
              blocksY,
              1,
              Kernel.THREADS,
              1,
              1,
              0,
              device.stream(),
              arguments,
              null);
      failure = result == CUresult.CUDA_SUCCESS ? "" : CUresult.stringFor(result);
    } catch (CudaException e) {
      failure = DriverCalls.name(e);
    }
    if (!failure.isEmpty()) {
      throw fault(failure);
    }
  }

  private BackendException fault(String failure) {
    return DriverCalls.fault(device.operation() + ": kernel " + kernel.symbol(), failure);
  }
}
