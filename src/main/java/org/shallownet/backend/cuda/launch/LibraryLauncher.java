package org.shallownet.backend.cuda.launch;

import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.driver.CudaDevice;

/** Starts kernels of the library, which are compiled once for a card. */
public final class LibraryLauncher extends KernelLauncher<LibraryLauncher> {
  private final KernelLibrary library;
  private Kernel kernel = Kernel.TALLY_ADD;

  /** Starts this library's kernels on the card's stream. */
  public LibraryLauncher(CudaDevice device, KernelLibrary library) {
    super(device);
    this.library = library;
  }

  @Override
  protected LibraryLauncher self() {
    return this;
  }

  /** Begins the arguments of a kernel; they follow in the order of its parameters. */
  public LibraryLauncher kernel(Kernel next) {
    kernel = next;
    return begin(next.symbol(), next.arguments());
  }

  /**
   * Starts the kernel.
   *
   * @param items how many elements or rows it works on, as its source says
   * @return how many blocks of threads share them
   */
  public int launch(long items) {
    int blocks = kernel.blocks(items);
    launch(blocks, 1);
    return blocks;
  }

  /** Starts the kernel on a grid of this many blocks in x and y. */
  public void launch(int blocksX, int blocksY) {
    start(library.function(kernel), blocksX, blocksY, Kernel.THREADS, 0);
  }
}
