package org.shallownet.backend.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.cuda.compile.KernelLibrary;
import org.shallownet.backend.cuda.compile.KernelLoader;
import org.shallownet.backend.cuda.driver.CopyStream;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.cuda.driver.Staging;
import org.shallownet.backend.cuda.fused.FusedCard;
import org.shallownet.backend.cuda.fused.FusedLauncher;
import org.shallownet.backend.cuda.launch.LibraryLauncher;
import org.shallownet.backend.folders.CacheFolder;

/** What a backend works with on its card, opened together and closed together. */
final class CudaResources implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CudaDevice device;
  private final Staging staging;
  private final Scratch scratch;
  private final LibraryLauncher launcher;
  private final CudaStacks stacks;
  private final CudaBlas blas;
  private final CudaOutputs outputs;
  private final CopyStream copyStream;
  private final KernelLoader loader;
  private final FusedLauncher fusedLauncher;

  /** Opens everything; what has been opened is closed again if the rest can't be. */
  CudaResources(BackendOptions options, CudaLimits limits) {
    try {
      device = opened(new CudaDevice(options.device()));
      staging = opened(new Staging(device, limits.stagingBytes()));
      scratch = opened(new Scratch(device, limits.scratchBytes()));
      KernelLibrary library =
          opened(new KernelLibrary(device.major(), device.minor(), CacheFolder.get()));
      launcher = opened(new LibraryLauncher(device, library));
      stacks = opened(new CudaStacks(device, launcher, scratch, staging));
      blas = opened(new CudaBlas(device, options.precision(), limits.productRows()));
      outputs = new CudaOutputs(launcher, scratch, staging);
      copyStream = opened(new CopyStream(device));
      loader = new KernelLoader(device.major(), device.minor(), CacheFolder.get());
      fusedLauncher = opened(new FusedLauncher(device));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  CudaDevice device() {
    return device;
  }

  Staging staging() {
    return staging;
  }

  Scratch scratch() {
    return scratch;
  }

  LibraryLauncher launcher() {
    return launcher;
  }

  CudaStacks stacks() {
    return stacks;
  }

  CudaBlas blas() {
    return blas;
  }

  CudaOutputs outputs() {
    return outputs;
  }

  CopyStream copyStream() {
    return copyStream;
  }

  /** What engines with specialised kernels need of the backend that these parts are of. */
  FusedCard fusedCard(AbstractBackend backend, FusedCard.Guard guard) {
    return new FusedCard(backend, device, staging, loader, fusedLauncher, guard);
  }

  /** Closes everything, last opened first, whatever fails. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      AutoCloseable part = open.pop();
      DriverCalls.release(
          "closing " + part.getClass().getSimpleName(),
          () -> {
            try {
              part.close();
            } catch (Exception e) {
              throw new jcuda.CudaException(String.valueOf(e.getMessage()), e);
            }
            return 0;
          });
    }
  }
}
