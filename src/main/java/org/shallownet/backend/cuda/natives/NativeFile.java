package org.shallownet.backend.cuda.natives;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;

/** What a native library on disk has to be, byte for byte. */
interface NativeFile {
  /** Its file name. */
  String name();

  /** A name for its content: another content has another one. */
  String checksum();

  /** Writes it. */
  void writeTo(Path file) throws IOException;

  /** Whether a file holds just this. */
  boolean isIn(Path file) throws IOException;

  /** A library of a few megabytes. */
  static NativeFile of(String name, byte[] content) {
    return new NativeFile() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String checksum() {
        try {
          byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
          return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
          throw new IllegalStateException("every Java has SHA-256", e);
        }
      }

      @Override
      public void writeTo(Path file) throws IOException {
        Files.write(file, content);
      }

      @Override
      public boolean isIn(Path file) throws IOException {
        return Files.size(file) == content.length
            && Arrays.equals(Files.readAllBytes(file), content);
      }
    };
  }

  /**
   * A library of any size in a jar on the class path. Its content is known by the jar's own
   * checksum: half a gigabyte is not unpacked to look whether it has been unpacked.
   *
   * @throws IOException if the resource is not in a jar, or the jar can't be read
   */
  static NativeFile of(String name, URL resource) throws IOException {
    if (!(resource.openConnection() instanceof JarURLConnection jar)) {
      throw new IOException(resource + " is not in a jar");
    }
    JarEntry entry = jar.getJarEntry();
    if (entry.getSize() < 0 || entry.getCrc() < 0) {
      throw new IOException(resource + " has no checksum in its jar");
    }
    return new NativeFile() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String checksum() {
        return HexFormat.of().toHexDigits(entry.getCrc(), 8)
            + HexFormat.of().toHexDigits(entry.getSize(), 8);
      }

      @Override
      public void writeTo(Path file) throws IOException {
        URLConnection connection = resource.openConnection();
        try (InputStream in = connection.getInputStream()) {
          Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
      }

      @Override
      public boolean isIn(Path file) throws IOException {
        if (Files.size(file) != entry.getSize()) {
          return false;
        }
        CRC32 crc = new CRC32();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          while (channel.read(buffer) >= 0) {
            crc.update(buffer.flip());
            buffer.clear();
          }
        }
        return crc.getValue() == entry.getCrc();
      }
    };
  }
}
