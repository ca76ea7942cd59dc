package org.shallownet.training.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.shallownet.data.Fingerprint;

/**
 * Writes the texts and arrays of a checkpoint, one after the other; {@link #finish} seals them.
 *
 * <p>Nothing is compressed, so that a reader knows beforehand how large everything is: weights
 * would hardly become smaller.
 */
public final class CheckpointWriter {
  /** The entry that holds the checksum, the last one. */
  static final String CHECKSUM = "checksum.txt";

  private static final int BUFFER = 1 << 16;

  /** The earliest time that a zip knows: when a file was written is the file system's to say. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final ZipOutputStream zip;
  private final MessageDigest digest = Fingerprint.newDigest();

  /** A writer; the stream stays the caller's to close. */
  public CheckpointWriter(OutputStream out) {
    zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.setMethod(ZipOutputStream.STORED);
  }

  /** What an entry holds; written twice, first to know its size and its zip's own checksum. */
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Adds a text. */
  public void text(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(name, bytes.length, out -> out.write(bytes));
  }

  /**
   * Adds a row of float32 numbers.
   *
   * @param name without {@code .npy}
   */
  public void floats(String name, float[] values) throws IOException {
    byte[] header = Npy.floats(values.length);
    add(
        name + ".npy",
        header.length + (long) Float.BYTES * values.length,
        out -> {
          out.write(header);
          ByteBuffer buffer = buffer();
          for (float value : values) {
            if (!buffer.hasRemaining()) {
              flush(buffer, out);
            }
            buffer.putFloat(value);
          }
          flush(buffer, out);
        });
  }

  /**
   * Adds a table of float64 numbers, row by row.
   *
   * @param name without {@code .npy}
   * @param columns how many numbers make a row
   */
  public void doubles(String name, double[] values, int columns) throws IOException {
    byte[] header = Npy.doubles(values.length / columns, columns);
    add(
        name + ".npy",
        header.length + (long) Double.BYTES * values.length,
        out -> {
          out.write(header);
          ByteBuffer buffer = buffer();
          for (double value : values) {
            if (!buffer.hasRemaining()) {
              flush(buffer, out);
            }
            buffer.putDouble(value);
          }
          flush(buffer, out);
        });
  }

  private static ByteBuffer buffer() {
    return ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void flush(ByteBuffer buffer, OutputStream out) throws IOException {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    out.write(bytes);
    buffer.clear();
  }

  private void add(String name, long size, Content content) throws IOException {
    CRC32 crc = new CRC32();
    content.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), crc));
    put(name, size, crc.getValue());
    begin(digest, name, size);
    content.writeTo(
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            digest.update(bytes, offset, length);
            zip.write(bytes, offset, length);
          }
        });
    zip.closeEntry();
  }

  /** An entry's name and size are a part of what the checksum is of. */
  static void begin(MessageDigest digest, String name, long size) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
  }

  private void put(String name, long size, long crc) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    entry.setSize(size);
    entry.setCompressedSize(size);
    entry.setCrc(crc);
    zip.putNextEntry(entry);
  }

  /** Adds the checksum; nothing is to be added afterwards. */
  public void finish() throws IOException {
    byte[] checksum = Fingerprint.of(digest).getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(checksum);
    put(CHECKSUM, checksum.length, crc.getValue());
    zip.write(checksum);
    zip.closeEntry();
    zip.finish();
  }
}
