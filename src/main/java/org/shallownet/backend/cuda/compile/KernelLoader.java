package org.shallownet.backend.cuda.compile;

import java.nio.file.Path;
import java.util.Optional;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.device.BackendException;

/**
 * Loads kernels into the current context. What has been compiled once for this architecture is
 * taken from the disk.
 */
public final class KernelLoader {
  /** The folder of the cache that holds images. */
  static final String IMAGES = "kernels";

  private final KernelCompiler compiler;
  private final ImageCache cache;

  /**
   * A loader.
   *
   * @param major the device's compute capability, before the dot
   * @param minor after the dot
   * @param cacheFolder where images are kept, in a folder of their own; empty for nowhere
   * @throws BackendException if the compiler doesn't know the device
   */
  public KernelLoader(int major, int minor, Optional<Path> cacheFolder) {
    compiler = new KernelCompiler(major, minor);
    cache = new ImageCache(cacheFolder.map(folder -> folder.resolve(IMAGES)).orElse(null));
  }

  /**
   * Loads a source's kernels, compiled before or now.
   *
   * @throws BackendException if it can't be compiled or loaded
   */
  public CUmodule load(KernelSource source) {
    String key = compiler.key(source);
    Optional<byte[]> cached = cache.find(key);
    CUmodule module = new CUmodule();
    // The checksum says that an image is what was written, not that this driver takes it.
    if (cached.isPresent()
        && DriverCalls.attempt(() -> JCudaDriver.cuModuleLoadData(module, cached.get()))
            .isEmpty()) {
      return module;
    }
    byte[] image = compiler.compile(source);
    DriverCalls.run(
        source.name() + ": cuModuleLoadData", () -> JCudaDriver.cuModuleLoadData(module, image));
    cache.store(key, image);
    return module;
  }

  /**
   * A kernel to launch.
   *
   * @throws BackendException if the module has none of this name
   */
  public static CUfunction function(CUmodule module, String name) {
    CUfunction function = new CUfunction();
    DriverCalls.run(
        "kernel " + name + ": cuModuleGetFunction",
        () -> JCudaDriver.cuModuleGetFunction(function, module, name));
    return function;
  }

  /** Gives a module back. */
  public static void unload(CUmodule module) {
    DriverCalls.release("cuModuleUnload", () -> JCudaDriver.cuModuleUnload(module));
  }
}
