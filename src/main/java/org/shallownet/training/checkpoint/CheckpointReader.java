package org.shallownet.training.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.shallownet.data.DataException;
import org.shallownet.data.Fingerprint;

/**
 * Reads the texts and arrays of a checkpoint, whose checksum has been found to be right.
 *
 * <p>Nothing is allocated that is larger than the file: sizes are compared before anything is read.
 */
public final class CheckpointReader implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  /** No text that is written is nearly as long. */
  private static final int LONGEST_TEXT = 1 << 26;

  private final Path file;
  private final ZipFile zip;

  private CheckpointReader(Path file, ZipFile zip) {
    this.file = file;
    this.zip = zip;
  }

  /**
   * Opens a checkpoint and checks all of it.
   *
   * @throws IOException if the file can't be read
   * @throws DataException if it is damaged or no checkpoint
   */
  public static CheckpointReader open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new FileSystemException(file.toString(), null, "it is no file");
    }
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8);
    } catch (ZipException | IllegalArgumentException e) {
      throw new DataException(
          file
              + " is no checkpoint, or the end of it is missing; name a file that --checkpoint"
              + " wrote",
          e);
    }
    try {
      CheckpointReader reader = new CheckpointReader(file, zip);
      reader.check();
      return reader;
    } catch (IOException | RuntimeException | Error e) {
      zip.close();
      throw e;
    }
  }

  private void check() throws IOException {
    List<? extends ZipEntry> entries = Collections.list(zip.entries());
    long left = Files.size(file);
    MessageDigest digest = Fingerprint.newDigest();
    String stored = "";
    for (ZipEntry entry : entries) {
      long size = entry.getSize();
      left -= size;
      // Entries that share bytes, or grow when they are read, are none of ours.
      if (entry.getMethod() != ZipEntry.STORED
          || size < 0
          || size != entry.getCompressedSize()
          || left < 0
          || !stored.isEmpty()) {
        throw damaged();
      }
      if (entry.getName().equals(CheckpointWriter.CHECKSUM)) {
        stored = text(entry);
      } else {
        CheckpointWriter.begin(digest, entry.getName(), size);
        update(digest, entry);
      }
    }
    if (!Fingerprint.of(digest).equals(stored)) {
      throw damaged();
    }
  }

  private void update(MessageDigest digest, ZipEntry entry) throws IOException {
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = zip.getInputStream(entry)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    } catch (ZipException e) {
      throw damaged();
    }
  }

  private DataException damaged() {
    return new DataException(
        file
            + " is no checkpoint or is damaged: its checksum does not match; take an earlier copy"
            + " of it, or train anew without --resume");
  }

  /** The checkpoint's file. */
  public Path file() {
    return file;
  }

  /** Whether there is such a text or array; an array's name without {@code .npy}. */
  public boolean has(String name) {
    return zip.getEntry(name) != null || zip.getEntry(name + ".npy") != null;
  }

  /**
   * A text.
   *
   * @throws DataException if there is none of this name
   */
  public String text(String name) throws IOException {
    return text(entry(name));
  }

  private String text(ZipEntry entry) throws IOException {
    if (entry.getSize() > LONGEST_TEXT) {
      throw unexpected(entry.getName(), "is far too long");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) entry.getSize());
    try (InputStream in = zip.getInputStream(entry)) {
      in.transferTo(bytes);
    } catch (ZipException e) {
      throw damaged();
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /**
   * A row of float32 numbers.
   *
   * @param name without {@code .npy}
   * @param length how many there must be
   * @throws DataException if there is none of this name, or of another length
   */
  public float[] floats(String name, int length) throws IOException {
    float[] values = new float[checked(name + ".npy", Npy.floats(length), Float.BYTES, length)];
    int[] at = {0};
    read(
        name + ".npy",
        Npy.floats(length),
        buffer -> {
          int count = buffer.remaining() / Float.BYTES;
          buffer.asFloatBuffer().get(values, at[0], count);
          at[0] += count;
        });
    return values;
  }

  /**
   * A table of float64 numbers, row by row.
   *
   * @param name without {@code .npy}
   * @param rows how many there must be
   * @param columns how many numbers must make a row
   * @throws DataException if there is none of this name, or of another size
   */
  public double[] doubles(String name, int rows, int columns) throws IOException {
    byte[] header = Npy.doubles(rows, columns);
    double[] values =
        new double[checked(name + ".npy", header, Double.BYTES, (long) rows * columns)];
    int[] at = {0};
    read(
        name + ".npy",
        header,
        buffer -> {
          int count = buffer.remaining() / Double.BYTES;
          buffer.asDoubleBuffer().get(values, at[0], count);
          at[0] += count;
        });
    return values;
  }

  /** How many numbers an array has, which must be what its size says. */
  private int checked(String name, byte[] header, int size, long count) {
    long bytes = entry(name).getSize();
    if (count < 0 || count > Integer.MAX_VALUE - 8 || bytes != header.length + size * count) {
      throw unexpected(name, "is not of the size that the network needs");
    }
    return (int) count;
  }

  private void read(String name, byte[] header, Consumer<ByteBuffer> numbers) throws IOException {
    try (InputStream in = zip.getInputStream(entry(name))) {
      if (!Arrays.equals(in.readNBytes(header.length), header)) {
        throw unexpected(name, "is not of the form that the network needs");
      }
      byte[] bytes = new byte[BUFFER];
      for (int n = in.readNBytes(bytes, 0, BUFFER); n > 0; n = in.readNBytes(bytes, 0, BUFFER)) {
        numbers.accept(
            ByteBuffer.wrap(bytes, 0, n)
                .order(ByteOrder.LITTLE_ENDIAN)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN));
      }
    } catch (ZipException e) {
      throw damaged();
    }
  }

  private ZipEntry entry(String name) {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw unexpected(name, "is missing");
    }
    return entry;
  }

  /** What a text says can't be, or something is not as the text says. */
  public DataException unexpected(String name, String what) {
    return new DataException(
        file
            + " is no checkpoint that this version of ShallowNet can go on from: "
            + name
            + " "
            + what);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
