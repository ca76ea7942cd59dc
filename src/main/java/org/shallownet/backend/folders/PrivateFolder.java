package org.shallownet.backend.folders;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders that only their owner can enter, so that nobody else puts something there. */
public final class PrivateFolder {
  private static final Logger LOG = LoggerFactory.getLogger(PrivateFolder.class);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private PrivateFolder() {}

  /**
   * A folder of this user that nobody else can enter or replace from now on, made where it is
   * missing; its parent has to be there. Others may have written to it before.
   *
   * @throws IOException if it can't be made, is no folder or belongs to somebody else, or somebody
   *     else may replace a folder above it
   */
  public static Path own(Path folder) throws IOException {
    if (!POSIX) {
      return Files.createDirectories(folder);
    }
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
    requireOwner(folder);
    Files.setPosixFilePermissions(folder, OWNER_ONLY);
    return folder;
  }

  /**
   * The same of a folder that nobody else could write to before, and in whose files one can trust;
   * folders above it are made, too.
   *
   * @throws IOException if it can't be made, is no folder, belongs to somebody else, or somebody
   *     else may have put something into it
   */
  public static Path trusted(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (POSIX && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      Set<PosixFilePermission> given =
          Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
      if (given.contains(PosixFilePermission.GROUP_WRITE)
          || given.contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new IOException(
            folder + " can be written by others; remove it, so that it is made anew");
      }
    }
    return own(folder);
  }

  /** A new folder of this process, removed with all that is in it when that ends. */
  public static Path temporary(String name) throws IOException {
    Path folder = Files.createTempDirectory(name);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder), "shallownet-removal"));
    return folder;
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("can't remove {}", folder, e);
    }
  }

  private static void requireOwner(Path folder) throws IOException {
    Path probe;
    try {
      probe = Files.createTempFile(folder, "owner", null);
    } catch (IOException e) {
      throw new IOException(folder + " can't be written", e);
    }
    try {
      // A folder of somebody else could hold anything.
      if (!Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(probe))) {
        throw new IOException(folder + " belongs to somebody else");
      }
      Planting.requireOwnWay(folder, probe);
    } finally {
      Files.deleteIfExists(probe);
    }
  }
}
