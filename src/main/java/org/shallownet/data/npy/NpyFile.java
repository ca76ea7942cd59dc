package org.shallownet.data.npy;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.shallownet.data.DataException;

/**
 * An open {@code .npy} file, whose data is units of equal length: rows or, where it is stored by
 * columns, numbers.
 *
 * <p>Long stretches of units are read into a window: a file that is read from beginning to end
 * takes no more memory than that. Short ones, such as a short row of a shuffled batch, are taken
 * from a map of the file, which is quicker, and which the system counts to the process as far as it
 * was looked at. A file that isn't closed is closed with its map, once no object refers to it.
 * Stretches aren't read through the file's channel, which an interrupted thread would close.
 */
final class NpyFile implements Closeable {
  /** Pieces of the map: as large as they may be and easy on the address space. */
  static final int MAP_BYTES = 1 << 30;

  /** What a window holds, unless a unit is larger. */
  private static final int WINDOW_BYTES = 1 << 18;

  /** A stretch of so many bytes is long. */
  private static final int LEAST_READ = 1 << 13;

  /**
   * Units that follow each other in memory.
   *
   * @param little the bytes where they are, in little-endian order
   * @param big the same in big-endian order
   * @param start which unit of these the first one is
   * @param count how many there are
   */
  record Stretch(ByteBuffer little, ByteBuffer big, int start, int count) {
    /** The bytes in the order that a column's numbers have. */
    ByteBuffer bytes(NpyColumn column) {
      return column.bigEndian() ? big : little;
    }
  }

  private final String name;
  private final RandomAccessFile file;
  private final NpyHeader header;
  private final int unitBytes;
  private final long units;
  private final long unitsPerPiece;
  private final List<ByteBuffer> little = new ArrayList<>();
  private final List<ByteBuffer> big = new ArrayList<>();
  private byte[] window = {};
  private ByteBuffer littleWindow = ByteBuffer.wrap(window);
  private ByteBuffer bigWindow = ByteBuffer.wrap(window);

  private NpyFile(String name, RandomAccessFile file, int mapBytes) throws IOException {
    this.name = name;
    this.file = file;
    header = NpyHeader.read(name, Channels.newInputStream(file.getChannel()), file.length());
    int columns = header.columns().size();
    unitBytes = header.byColumns() ? header.rowBytes() / columns : header.rowBytes();
    units = header.byColumns() ? header.rows() * columns : header.rows();
    unitsPerPiece = Math.max(1, mapBytes / unitBytes);
    long bytes = units * unitBytes;
    long most = unitsPerPiece * unitBytes;
    for (long first = 0; first < bytes; first += most) {
      long from = header.dataOffset() + first;
      ByteBuffer piece =
          file.getChannel().map(MapMode.READ_ONLY, from, Math.min(most, bytes - first));
      little.add(piece.duplicate().order(ByteOrder.LITTLE_ENDIAN));
      big.add(piece.duplicate().order(ByteOrder.BIG_ENDIAN));
    }
  }

  /** Makes something of an open file. */
  @FunctionalInterface
  interface Reader<T> {
    /** Reads what it needs; the file stays open for the result. */
    T read(NpyFile file) throws IOException;
  }

  /** What a reader makes of a file that messages call so; if it fails, the file is closed. */
  static <T> T read(String name, Path path, int mapBytes, Reader<T> reader) throws IOException {
    NpyFile file = open(name, path, mapBytes);
    try {
      return reader.read(file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Opens a file that messages call so. */
  static NpyFile open(String name, Path path) throws IOException {
    return open(name, path, MAP_BYTES);
  }

  /**
   * The same.
   *
   * @param mapBytes how large a piece of the map may be, unless a unit is larger
   */
  static NpyFile open(String name, Path path, int mapBytes) throws IOException {
    RandomAccessFile file = openBytes(name, path);
    try {
      return new NpyFile(name, file, mapBytes);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static RandomAccessFile openBytes(String name, Path path) throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new DataException(
          name + " is not a file of this system's own; copy it to one before it is read");
    }
    try {
      return new RandomAccessFile(path.toFile(), "r");
    } catch (FileNotFoundException e) {
      // This says plainly what is wrong: that there is none, or that it may not be read.
      Files.newByteChannel(path).close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  NpyHeader header() {
    return header;
  }

  /** The bytes of a unit. */
  int unitBytes() {
    return unitBytes;
  }

  /** Hands out the header's bytes and those of all units, in file order. */
  synchronized void forEachBytes(Consumer<ByteBuffer> action) {
    long end = header.dataOffset() + units * unitBytes;
    reserve(WINDOW_BYTES);
    for (long at = 0; at < end; at += WINDOW_BYTES) {
      int count = (int) Math.min(WINDOW_BYTES, end - at);
      read(at, count);
      action.accept(ByteBuffer.wrap(window, 0, count));
    }
  }

  /** Whether so many units are read to the window rather than taken from the map. */
  boolean reads(long wanted) {
    return wanted >= (LEAST_READ + unitBytes - 1L) / unitBytes;
  }

  /**
   * Finds units, as many of those wanted as lie in one place. Where {@link #reads} says so, the
   * caller must hold this file's monitor until it has used them.
   *
   * @param wanted at least 1
   */
  Stretch stretch(long first, long wanted) {
    if (reads(wanted)) {
      int count = (int) Math.min(wanted, Math.max(1, WINDOW_BYTES / unitBytes));
      reserve(count * unitBytes);
      read(header.dataOffset() + first * unitBytes, count * unitBytes);
      return new Stretch(littleWindow, bigWindow, 0, count);
    }
    int piece = (int) (first / unitsPerPiece);
    int start = (int) (first % unitsPerPiece);
    int count = (int) Math.min(wanted, unitsPerPiece - start);
    return new Stretch(little.get(piece), big.get(piece), start, count);
  }

  private void reserve(int bytes) {
    if (window.length < bytes) {
      window = new byte[bytes];
      littleWindow = ByteBuffer.wrap(window).order(ByteOrder.LITTLE_ENDIAN);
      bigWindow = ByteBuffer.wrap(window).order(ByteOrder.BIG_ENDIAN);
    }
  }

  private void read(long from, int count) {
    try {
      file.seek(from);
      file.readFully(window, 0, count);
    } catch (EOFException e) {
      throw new DataException(
          name + " became shorter while it was read; leave it as it is until the command ends", e);
    } catch (IOException e) {
      throw new DataException(name + " can't be read any more: " + e.getMessage(), e);
    }
  }
}
