package org.shallownet.backend.cuda.compile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.folders.PrivateFolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels on the disk, by what they were compiled from. A file is the SHA-256 of the image
 * and the image; one that does not fit its checksum counts as missing.
 *
 * <p>Several processes may use a folder at once: a file appears by renaming, whole. A folder that
 * can't be read or written, or into which somebody else may have put something, costs only the time
 * to compile again.
 */
final class ImageCache {
  private static final Logger LOG = LoggerFactory.getLogger(ImageCache.class);
  private static final int CHECKSUM_BYTES = 32;

  private final @Nullable Path folder;

  /** A cache in this folder, which is made when it is needed; null to keep nothing. */
  ImageCache(@Nullable Path folder) {
    this.folder = folder;
  }

  /** The image of this key, if there is a sound one. */
  Optional<byte[]> find(String key) {
    if (folder == null || !Files.exists(folder)) {
      return Optional.empty();
    }
    Path file = file(folder, key);
    byte[] content;
    try {
      PrivateFolder.trusted(folder);
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.debug("can't read {}", file, e);
      return Optional.empty();
    }
    if (content.length > CHECKSUM_BYTES) {
      byte[] image = Arrays.copyOfRange(content, CHECKSUM_BYTES, content.length);
      if (MessageDigest.isEqual(sha256(image), Arrays.copyOf(content, CHECKSUM_BYTES))) {
        return Optional.of(image);
      }
    }
    LOG.debug("{} is damaged: compiling again", file);
    return Optional.empty();
  }

  /** Keeps the image of this key in place of any other. */
  void store(String key, byte[] image) {
    if (folder == null) {
      return;
    }
    try {
      PrivateFolder.trusted(folder);
      Path temporary = Files.createTempFile(folder, key, ".tmp");
      try {
        byte[] content = Arrays.copyOf(sha256(image), CHECKSUM_BYTES + image.length);
        System.arraycopy(image, 0, content, CHECKSUM_BYTES, image.length);
        Files.write(temporary, content);
        Files.move(temporary, file(folder, key), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary); // still there only after a failure
      }
    } catch (IOException e) {
      LOG.info("compiled kernels can't be kept in {}: {}", folder, e.toString());
    }
  }

  private static Path file(Path folder, String key) {
    return folder.resolve(key + ".image");
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
