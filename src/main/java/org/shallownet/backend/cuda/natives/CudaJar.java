package org.shallownet.backend.cuda.natives;

import java.net.URL;
import java.util.List;
import java.util.Optional;

/** NVIDIA's libraries in a jar on the class path: bytedeco's redistributable CUDA. */
public final class CudaJar {
  private static final String FOLDER = "org/bytedeco/cuda/linux-x86_64/";

  private final ClassLoader classPath;

  /** The jar of a class path, if it has one. */
  public CudaJar(ClassLoader classPath) {
    this.classPath = classPath;
  }

  /** A library. */
  public Optional<URL> find(String name) {
    return Optional.ofNullable(classPath.getResource(FOLDER + name));
  }

  /** The names of a library of which there may be several minor versions. */
  List<String> names(String library, int major) {
    String name = library + ".so." + major;
    if (find(name).isPresent()) {
      return List.of(name);
    }
    // A class path can be asked, but not listed.
    for (int minor = 20; minor >= 0; minor--) {
      if (find(name + "." + minor).isPresent()) {
        return List.of(name + "." + minor);
      }
    }
    return List.of(name);
  }
}
