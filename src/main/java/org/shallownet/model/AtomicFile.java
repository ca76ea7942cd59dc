package org.shallownet.model;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Writes whole files: a file is there complete, or what was there before stays as it is.
 *
 * <p>The content goes to a temporary file in the same directory, is forced to the disk, and takes
 * the file's place by renaming. A symbolic link stays one; the file that it points to is replaced.
 * Permissions, owner and group of an existing file are kept where the file system has such and the
 * user may set them. What is no regular file, such as a device or a pipe, is written to directly.
 *
 * <p>A process that is killed leaves its temporary file behind. {@link #checkWritable} removes such
 * files: while they are being written they are locked, and a lock ends with its process.
 */
public final class AtomicFile {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MOST_LINKS = 40;
  private static final String PREFIX = ".shallownet-";
  private static final String SUFFIX = ".tmp";

  /** Younger ones may be between their creation and their lock, or between that and their name. */
  private static final Duration LEFT_BEHIND = Duration.ofSeconds(10);

  private AtomicFile() {}

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; the stream is buffered and closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Opens the temporary file for writing. */
  interface Opener {
    FileChannel open(Path temporary) throws IOException;
  }

  /**
   * Writes a file or replaces it.
   *
   * @throws IOException if that fails, with a sentence that names the file; nothing has changed
   *     then
   */
  public static void write(Path file, Content content) throws IOException {
    write(
        file,
        content,
        temporary ->
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  static void write(Path file, Content content, Opener opener) throws IOException {
    // In an interrupted thread Java closes channels: a training that was called off is still saved.
    boolean interrupted = Thread.interrupted();
    try {
      Path target = followLinks(file);
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        writeDirectly(target, content);
      } else {
        replace(target, content, opener);
      }
    } catch (IOException e) {
      throw failure(file, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Checks that a file could be written now, without touching it; and removes what processes that
   * were killed have left behind beside it.
   *
   * @throws IOException if not, with a sentence that names the file
   */
  public static void checkWritable(Path file) throws IOException {
    try {
      Path target = followLinks(file);
      checkReplaceable(target);
      if (!Files.exists(target) || Files.isRegularFile(target)) {
        Path temporary = temporaryFor(target);
        Files.createFile(temporary);
        Files.delete(temporary);
        removeLeftBehind(target.resolveSibling("."));
      }
    } catch (IOException e) {
      throw failure(file, e);
    }
  }

  private static void writeDirectly(Path target, Content content) throws IOException {
    checkReplaceable(target);
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(target, StandardOpenOption.WRITE), BUFFER_BYTES)) {
      content.writeTo(out);
    }
  }

  private static void replace(Path target, Content content, Opener opener) throws IOException {
    checkReplaceable(target);
    Path temporary = temporaryFor(target);
    try {
      try (FileChannel channel = opener.open(temporary);
          OutputStream out =
              new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
        lock(channel);
        // Before there is anything in it that others should not read.
        keepOwner(target, temporary);
        keepPermissions(target, temporary);
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary); // still there only after a failure
    }
    forceDirectory(target);
  }

  private static void checkReplaceable(Path target) throws IOException {
    if (Files.isDirectory(target)) {
      throw new FileSystemException(target.toString(), null, "it is a folder");
    }
    // A rename would replace a read-only file all the same.
    if (Files.exists(target) && !Files.isWritable(target)) {
      throw new AccessDeniedException(target.toString());
    }
  }

  private static Path temporaryFor(Path target) {
    return target.resolveSibling(PREFIX + UUID.randomUUID() + SUFFIX);
  }

  /** Until the channel is closed, or the process has ended in whatever way. */
  private static void lock(FileChannel channel) {
    try {
      channel.tryLock();
    } catch (IOException e) {
      // Where files can't be locked, none is removed either.
    }
  }

  /** Removes the temporary files of processes that are gone. */
  private static void removeLeftBehind(Path directory) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        removeIfLeftBehind(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // They take room and do no other harm.
    }
  }

  private static void removeIfLeftBehind(Path file) {
    try {
      Instant touched = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
      boolean old = touched.isBefore(Instant.now().minus(LEFT_BEHIND));
      if (old && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock()) {
          if (lock != null) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException | OverlappingFileLockException e) {
      // Another process has it, or was faster; or it is another user's.
    }
  }

  private static Path followLinks(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    // What /dev/stdout names where that is a pipe is no path: only the link itself can be opened.
    for (int links = 0; Files.isSymbolicLink(target) && !isSpecial(target); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemException(file.toString(), null, "its symbolic links go in a circle");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  /** Whether a path leads to a pipe, a device or the like. */
  private static boolean isSpecial(Path target) {
    try {
      return Files.readAttributes(target, BasicFileAttributes.class).isOther();
    } catch (IOException e) {
      return false; // there is nothing yet
    }
  }

  private static void keepOwner(Path target, Path temporary) {
    try {
      PosixFileAttributeView from =
          Files.getFileAttributeView(target, PosixFileAttributeView.class);
      PosixFileAttributeView to =
          Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
      if (from != null && to != null && Files.exists(target)) {
        PosixFileAttributes kept = from.readAttributes();
        PosixFileAttributes now = to.readAttributes();
        // One's own group may be given where another owner may not.
        if (!kept.group().equals(now.group())) {
          to.setGroup(kept.group());
        }
        if (!kept.owner().equals(now.owner())) {
          to.setOwner(kept.owner());
        }
      }
    } catch (IOException e) {
      // Only the superuser may give files away; the content matters more.
    }
  }

  private static void keepPermissions(Path target, Path temporary) {
    try {
      PosixFileAttributeView from =
          Files.getFileAttributeView(target, PosixFileAttributeView.class);
      PosixFileAttributeView to =
          Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
      if (from != null && to != null && Files.exists(target)) {
        to.setPermissions(from.readAttributes().permissions());
      }
    } catch (IOException e) {
      // The content matters more than its permissions.
    }
  }

  private static void move(Path temporary, Path target) throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Makes the rename last through a power failure, where directories can be forced. */
  private static void forceDirectory(Path target) {
    try (FileChannel directory =
        FileChannel.open(target.resolveSibling("."), StandardOpenOption.READ)) {
      directory.force(true);
    } catch (IOException e) {
      // Not every system can; the file itself is safe.
    }
  }

  private static IOException failure(Path file, IOException cause) {
    String reason;
    if (cause instanceof NoSuchFileException) {
      reason = "its folder does not exist";
    } else if (cause instanceof AccessDeniedException) {
      reason = "permission denied";
    } else if (cause instanceof FileSystemException error && error.getReason() != null) {
      reason = error.getReason();
    } else {
      reason = cause.getMessage();
    }
    return new IOException("can't write " + file + ": " + reason, cause);
  }
}
