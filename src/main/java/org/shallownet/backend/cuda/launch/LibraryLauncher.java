package org.shallownet.backend.cuda.launch;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.cuda.compile.Kernel;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.driver.CudaDevice;

/** Starts kernels of the library, which are compiled once for a card. */
public final class LibraryLauncher extends KernelLauncher<LibraryLauncher> {
  private final KernelLibrary library;
  private Kernel kernel = Kernel.TALLY_ADD;
  private @Nullable CollectedLaunches collected;

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
    return begin(next.symbol(), next.arguments(), next.struct().orElse(null));
  }

  /**
   * Has launches that may be put together collected instead of started.
   *
   * @param launches where to; null to start them again
   */
  public void collectIn(@Nullable CollectedLaunches launches) {
    collected = launches;
  }

  /** Whether launches are being collected. */
  public boolean collects() {
    return collected != null;
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

  /** Starts the kernel on a grid of this many blocks in x and z. */
  public void launch(int blocksX, int blocksZ) {
    Optional<Kernel.Struct> struct = kernel.struct();
    if (struct.isPresent() && collected != null) {
      collected.add(kernel, blocksX, blocksZ, arguments(struct.get()));
    } else {
      startOne(library.function(kernel), new Grid(blocksX, 1, blocksZ), Kernel.THREADS);
    }
  }

  /**
   * Starts a kernel for several operations.
   *
   * @param structs where their arguments lie on the card, one struct after the other
   */
  public void launch(StackedLaunch stack, long structs) {
    kernel(stack.kernel());
    startMany(
        library.function(kernel),
        new Grid(stack.blocksX(), stack.count(), stack.blocksZ()),
        Kernel.THREADS,
        structs);
  }
}
