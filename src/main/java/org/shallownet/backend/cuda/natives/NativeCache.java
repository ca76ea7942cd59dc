package org.shallownet.backend.cuda.natives;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.folders.CacheFolder;
import org.shallownet.backend.folders.PrivateFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where native libraries are unpacked so that they can be loaded: folders that only their owner can
 * enter, one per content, named by its checksum.
 *
 * <p>A file is compared with what it has to be before every use, and what is truncated, stale or
 * foreign is replaced. Replacing is one rename, so that other processes that unpack or load the
 * same library at the same time see a whole one, the old or the new.
 */
public final class NativeCache {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCache.class);

  private final List<Path> bases;

  /**
   * A cache in the first of some folders that serves.
   *
   * @param bases folders, made when needed, that hold nothing but this
   */
  public NativeCache(List<Path> bases) {
    this.bases = List.copyOf(bases);
  }

  /**
   * The cache of this user: in their cache folder, else in a temporary one where that can't be
   * written or forbids to execute what is in it.
   */
  public static NativeCache ofThisUser() {
    return new NativeCache(bases(System.getenv(), System.getProperty("user.home", "")));
  }

  /** {@link #ofThisUser()}'s folders for an environment and a home folder. */
  static List<Path> bases(Map<String, String> environment, String home) {
    List<Path> bases = new ArrayList<>();
    CacheFolder.of(environment, home).ifPresent(bases::add);
    String user = "shallownet-" + System.getProperty("user.name", "user");
    add(bases, environment.get("XDG_RUNTIME_DIR"), "shallownet");
    for (String folder : List.of(System.getProperty("java.io.tmpdir", "/tmp"), "/var/tmp")) {
      add(bases, folder, user);
    }
    return bases;
  }

  private static void add(List<Path> bases, @Nullable String parent, String name) {
    try {
      // As the XDG specification says, relative paths don't count.
      if (parent != null && Path.of(parent).isAbsolute()) {
        bases.add(Path.of(parent).resolve(name));
      }
    } catch (InvalidPathException e) {
      LOG.debug("no folder: {}", parent);
    }
  }

  /** Something that loads a library and may fail. */
  interface Loading {
    /**
     * Loads it.
     *
     * @param file a verified library
     * @throws UnsatisfiedLinkError if the loader refuses it
     */
    void load(Path file);
  }

  /**
   * Unpacks a library unless it is there, and loads it.
   *
   * @return its file
   * @throws UnsatisfiedLinkError if the loader refuses it
   * @throws IOException if no folder can hold it
   */
  Path load(NativeFile library, Loading loading) throws IOException {
    IOException failure = new IOException("no folder can hold " + library.name());
    for (Path base : bases) {
      try {
        Path file = install(base, library);
        loading.load(file);
        return file;
      } catch (IOException e) {
        LOG.debug("{} can't hold native libraries", base, e);
        failure.addSuppressed(e);
      } catch (UnsatisfiedLinkError e) {
        if (!forbidden(e)) {
          throw e;
        }
        IOException forbidden =
            new IOException(base + " forbids to execute what is in it (mounted noexec?)", e);
        LOG.debug("{}", forbidden.getMessage());
        failure.addSuppressed(forbidden);
      }
    }
    throw failure;
  }

  /** Whether the loader may not execute files of that folder (mounted noexec). */
  private static boolean forbidden(UnsatisfiedLinkError e) {
    return Objects.requireNonNullElse(e.getMessage(), "").contains("failed to map segment");
  }

  private static Path install(Path base, NativeFile library) throws IOException {
    Path parent = base.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Path folder = PrivateFolder.own(PrivateFolder.own(base).resolve(library.checksum()));
    Path file = folder.resolve(library.name());
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && library.isIn(file)) {
      return file;
    }
    Path part = Files.createTempFile(folder, library.name(), ".part");
    try {
      library.writeTo(part);
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new FileAlreadyExistsException(file.toString(), null, "is a folder");
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    return file;
  }
}
