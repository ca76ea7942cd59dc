package org.shallownet.backend.cuda.compile;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.shallownet.backend.cuda.driver.DriverCalls;
import org.shallownet.backend.device.BackendException;

/**
 * All kernels, loaded into the context that was current when it was opened. What has been compiled
 * once for this architecture is taken from the disk.
 */
public final class KernelLibrary implements AutoCloseable {
  /** The folder of the cache that holds images. */
  private static final String IMAGES = "kernels";

  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<Kernel, CUfunction> functions = new EnumMap<>(Kernel.class);

  /**
   * Compiles what the cache lacks, and loads everything.
   *
   * @param major the device's compute capability, before the dot
   * @param minor after the dot
   * @param cacheFolder where images are kept, in a folder of their own
   * @throws BackendException if a kernel can't be compiled or loaded
   */
  public KernelLibrary(int major, int minor, Path cacheFolder) {
    KernelCompiler compiler = new KernelCompiler(major, minor);
    ImageCache cache = new ImageCache(cacheFolder.resolve(IMAGES));
    try {
      for (Kernel kernel : Kernel.values()) {
        CUmodule module =
            modules.computeIfAbsent(kernel.file(), file -> load(file, compiler, cache));
        CUfunction function = new CUfunction();
        DriverCalls.run(
            "kernel " + kernel.symbol() + ": cuModuleGetFunction",
            () -> JCudaDriver.cuModuleGetFunction(function, module, kernel.symbol()));
        functions.put(kernel, function);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Compiles what the cache lacks, which needs no card, and says how it went.
   *
   * @throws BackendException if a kernel can't be compiled
   */
  public static String describe(int major, int minor, Path cacheFolder) {
    KernelCompiler compiler = new KernelCompiler(major, minor);
    Path folder = cacheFolder.resolve(IMAGES);
    ImageCache cache = new ImageCache(folder);
    int compiled = 0;
    List<String> files = Arrays.stream(Kernel.values()).map(Kernel::file).distinct().toList();
    for (String file : files) {
      KernelSource source = KernelSource.read(file);
      String key = compiler.key(source);
      if (cache.find(key).isEmpty()) {
        cache.store(key, compiler.compile(source));
        compiled++;
      }
    }
    return Kernel.values().length
        + " for "
        + compiler.architecture()
        + (compiled == 0 ? ", compiled before, in " : ", compiled just now, in ")
        + folder;
  }

  private static CUmodule load(String file, KernelCompiler compiler, ImageCache cache) {
    KernelSource source = KernelSource.read(file);
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
    DriverCalls.run(file + ": cuModuleLoadData", () -> JCudaDriver.cuModuleLoadData(module, image));
    cache.store(key, image);
    return module;
  }

  /** The function to launch. */
  public CUfunction function(Kernel kernel) {
    return Objects.requireNonNull(functions.get(kernel));
  }

  /** Unloads everything. */
  @Override
  public void close() {
    functions.clear();
    modules.values().forEach(KernelLibrary::unload);
    modules.clear();
  }

  private static void unload(CUmodule module) {
    DriverCalls.release("cuModuleUnload", () -> JCudaDriver.cuModuleUnload(module));
  }
}
