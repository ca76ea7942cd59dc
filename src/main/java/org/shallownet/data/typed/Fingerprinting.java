package org.shallownet.data.typed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Fingerprint;

/**
 * Makes the fingerprint of a table: the hash of its file's bytes, computed beside the reading, or
 * of a query the hash of the names and cells that it gave.
 */
public final class Fingerprinting {
  private static final int BUFFER = 1 << 16;

  private final @Nullable CompletableFuture<String> ofFile;
  private final MessageDigest digest = Fingerprint.newDigest();
  private final ByteBuffer pending = ByteBuffer.allocate(BUFFER);

  private Fingerprinting(@Nullable CompletableFuture<String> ofFile) {
    this.ofFile = ofFile;
  }

  /** The fingerprint of the names and cells that are read. */
  public static Fingerprinting ofRows() {
    return new Fingerprinting(null);
  }

  /** The fingerprint of a file's bytes, which are read by another thread from now on. */
  public static Fingerprinting ofFile(Path file) {
    return new Fingerprinting(CompletableFuture.supplyAsync(() -> hash(file)));
  }

  private static String hash(Path file) {
    MessageDigest digest = Fingerprint.newDigest();
    byte[] bytes = new byte[BUFFER];
    try (InputStream stream = Files.newInputStream(file)) {
      for (int n = stream.read(bytes); n >= 0; n = stream.read(bytes)) {
        digest.update(bytes, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Fingerprint.of(digest);
  }

  /** Whether cells count. */
  boolean isOfRows() {
    return ofFile == null;
  }

  /** Takes a number. */
  void add(double value) {
    if (pending.remaining() < Double.BYTES) {
      flush();
    }
    pending.putDouble(value);
  }

  /** Takes a name or a text. */
  void add(String text) {
    add(text.length());
    flush();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private void flush() {
    digest.update(pending.flip());
    pending.clear();
  }

  /**
   * The fingerprint; nothing is to be added afterwards.
   *
   * @throws IOException if the file can't be read
   */
  String result() throws IOException {
    if (ofFile == null) {
      flush();
      return Fingerprint.of(digest);
    }
    try {
      return ofFile.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException unchecked) {
        throw unchecked.getCause();
      }
      throw e;
    }
  }
}
