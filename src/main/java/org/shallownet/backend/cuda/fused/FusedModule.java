package org.shallownet.backend.cuda.fused;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import org.shallownet.backend.cuda.compile.KernelLoader;
import org.shallownet.backend.cuda.compile.KernelSource;
import org.shallownet.backend.cuda.driver.CudaDevice;
import org.shallownet.backend.device.Allocation;

/**
 * The kernels of a source file that was compiled for one design, in the context that was current
 * when they were loaded. What has been compiled once for a design and a card's architecture is
 * taken from the disk.
 */
final class FusedModule extends Allocation {
  private final CudaDevice device;
  private final CUmodule module;
  private final Map<String, CUfunction> functions = new HashMap<>();

  /**
   * Compiles a file of {@code kernels/}, unless that was done before, and loads it.
   *
   * @param device whose context is current
   * @param loader of its kernels
   * @param file the name of the file
   * @param defines what the design fixes, such as {@code N_X=28}
   * @throws org.shallownet.backend.device.BackendException if it can't be compiled or loaded
   */
  FusedModule(CudaDevice device, KernelLoader loader, String file, List<String> defines) {
    super(0);
    this.device = device;
    module = loader.load(KernelSource.read(file, defines));
  }

  /** The kernel of this name. */
  CUfunction function(String name) {
    return functions.computeIfAbsent(name, key -> KernelLoader.function(module, key));
  }

  /** Unloads them, once those under way have ended. */
  @Override
  protected void free() {
    device.makeCurrent();
    device.awaitWork();
    KernelLoader.unload(module);
  }
}
