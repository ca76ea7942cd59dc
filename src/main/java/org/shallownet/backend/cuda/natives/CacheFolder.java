package org.shallownet.backend.cuda.natives;

import java.nio.file.Path;
import java.util.Map;

/** Where this user's caches lie, by the XDG base directory specification. */
public final class CacheFolder {
  private CacheFolder() {}

  /** {@code shallownet} in {@code $XDG_CACHE_HOME}, by default in {@code ~/.cache}. */
  public static Path get() {
    return of(System.getenv(), System.getProperty("user.home", ""));
  }

  public static Path of(Map<String, String> environment, String home) {
    String base = environment.getOrDefault("XDG_CACHE_HOME", "");
    // A relative path is to be ignored, the specification says.
    Path folder = base.startsWith("/") ? Path.of(base) : Path.of(home, ".cache");
    return folder.resolve("shallownet");
  }
}
