package org.shallownet.backend.cpu.primitives;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.shallownet.backend.folders.CacheFolder;
import org.shallownet.backend.folders.PrivateFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where JavaCPP unpacks OpenBLAS. It trusts what it finds there by a file's size and time, and by
 * itself looks in a folder of the shared temporary one where a user has no home: so it is told to
 * use a folder that only this user can enter.
 */
final class BlasFolder {
  /** The property that tells it. */
  static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  private static final Logger LOG = LoggerFactory.getLogger(BlasFolder.class);

  private BlasFolder() {}

  /**
   * Chooses the folder, unless whoever started Java has chosen one: the user's cache or, where that
   * can't be used, a new temporary one.
   *
   * @throws UnsatisfiedLinkError if there is none
   */
  static void choose() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, folder().toString());
    }
  }

  private static Path folder() {
    Optional<Path> cache = CacheFolder.get();
    if (cache.isPresent()) {
      try {
        return PrivateFolder.trusted(cache.get().resolve("openblas"));
      } catch (IOException e) {
        LOG.info("OpenBLAS is unpacked anew each time, since {}", e.getMessage());
      }
    }
    try {
      return PrivateFolder.temporary("shallownet-openblas-");
    } catch (IOException e) {
      UnsatisfiedLinkError error =
          new UnsatisfiedLinkError("no folder can hold OpenBLAS: " + e.getMessage());
      error.initCause(e);
      throw error;
    }
  }
}
