package org.shallownet.backend.folders;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where this user's caches lie, by the XDG base directory specification. */
public final class CacheFolder {
  private CacheFolder() {}

  /**
   * {@code shallownet} in {@code $XDG_CACHE_HOME}, by default in {@code ~/.cache}; none for a user
   * without a home, for whom Java says {@code ?}.
   */
  public static Optional<Path> get() {
    return of(System.getenv(), System.getProperty("user.home", ""));
  }

  /** The same for an environment and a home. */
  public static Optional<Path> of(Map<String, String> environment, String home) {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    try {
      // A relative path is to be ignored, the specification says.
      Path folder = Path.of(base).isAbsolute() ? Path.of(base) : Path.of(home, ".cache");
      return folder.isAbsolute() ? Optional.of(folder.resolve("shallownet")) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
