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
import org.shallownet.backend.device.BackendException;

/**
 * All kernels, loaded into the context that was current when it was opened. What has been compiled
 * once for this architecture is taken from the disk.
 */
public final class KernelLibrary implements AutoCloseable {
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<Kernel, CUfunction> functions = new EnumMap<>(Kernel.class);

  /**
   * Compiles what the cache lacks, and loads everything.
   *
   * @param major the device's compute capability, before the dot
   * @param minor after the dot
   * @param cacheFolder where images are kept, in a folder of their own; empty for nowhere
   * @throws BackendException if a kernel can't be compiled or loaded
   */
  public KernelLibrary(int major, int minor, Optional<Path> cacheFolder) {
    KernelLoader loader = new KernelLoader(major, minor, cacheFolder);
    try {
      for (Kernel kernel : Kernel.values()) {
        CUmodule module =
            modules.computeIfAbsent(kernel.file(), file -> loader.load(KernelSource.read(file)));
        functions.put(kernel, KernelLoader.function(module, kernel.symbol()));
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
  public static String describe(int major, int minor, Optional<Path> cacheFolder) {
    KernelCompiler compiler = new KernelCompiler(major, minor);
    Optional<Path> folder = cacheFolder.map(base -> base.resolve(KernelLoader.IMAGES));
    ImageCache cache = new ImageCache(folder.orElse(null));
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
        + (compiled == 0 ? ", compiled before" : ", compiled just now")
        + folder.map(path -> ", in " + path).orElse(", and kept nowhere");
  }

  /** The function to launch. */
  public CUfunction function(Kernel kernel) {
    return Objects.requireNonNull(functions.get(kernel));
  }

  /** Unloads everything. */
  @Override
  public void close() {
    functions.clear();
    modules.values().forEach(KernelLoader::unload);
    modules.clear();
  }
}
