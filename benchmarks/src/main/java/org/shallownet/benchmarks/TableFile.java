package org.shallownet.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A table in a NumPy file that {@link #write} made: float32, a row has the features and then the
 * target.
 */
final class TableFile extends Table implements AutoCloseable {
  private static final int HEADER_BYTES = 128;
  private static final int WRITE_ROWS = 65_536;

  private final FileChannel channel;

  private TableFile(FileChannel channel, long rows, int features) {
    super(rows, features);
    this.channel = channel;
  }

  /** Opens a file that holds as many rows and columns as this table. */
  static TableFile open(Path file, Table like) throws IOException {
    FileChannel channel = FileChannel.open(file);
    long expected = HEADER_BYTES + like.rows() * (like.featureColumns() + 1) * Float.BYTES;
    if (channel.size() != expected) {
      channel.close();
      throw new IOException(file + " is not what its name says; delete it");
    }
    return new TableFile(channel, like.rows(), like.featureColumns());
  }

  /** Writes a table, unless the file is there already. */
  static void write(Table table, Path file) throws IOException {
    int columns = table.featureColumns() + 1;
    int most = (int) Math.min(WRITE_ROWS, table.rows());
    float[] features = new float[most * table.featureColumns()];
    float[] targets = new float[most];
    writeNpy(
        file,
        "<f4",
        table.rows(),
        columns,
        channel -> {
          for (long first = 0; first < table.rows(); first += most) {
            int count = (int) Math.min(most, table.rows() - first);
            table.read(first, count, features, targets);
            ByteBuffer bytes = littleEndian(count * columns * Float.BYTES);
            for (int i = 0; i < count; i++) {
              for (int k = 0; k < columns - 1; k++) {
                bytes.putFloat(features[i * (columns - 1) + k]);
              }
              bytes.putFloat(targets[i]);
            }
            writeAll(channel, bytes.flip());
          }
        });
  }

  /** Writes a matrix of float32, row by row. */
  static void write(float[][] rows, Path file) throws IOException {
    writeNpy(
        file,
        "<f4",
        rows.length,
        rows[0].length,
        channel -> {
          for (float[] row : rows) {
            ByteBuffer bytes = littleEndian(row.length * Float.BYTES);
            bytes.asFloatBuffer().put(row);
            writeAll(channel, bytes);
          }
        });
  }

  /** Writes a column of 64-bit integers. */
  static void write(long[] column, Path file) throws IOException {
    writeNpy(
        file,
        "<i8",
        column.length,
        1,
        channel -> {
          ByteBuffer bytes = littleEndian(column.length * Long.BYTES);
          bytes.asLongBuffer().put(column);
          writeAll(channel, bytes);
        });
  }

  private interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Format version 1.0 as NumPy's {@code numpy.lib.format} says, the header filled up with spaces.
   */
  private static void writeNpy(Path file, String type, long rows, int columns, Content content)
      throws IOException {
    if (Files.exists(file)) {
      return;
    }
    String text =
        String.format(
            "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }", type, rows, columns);
    ByteBuffer header = littleEndian(HEADER_BYTES);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) (HEADER_BYTES - header.position() - Short.BYTES));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    header.put((byte) '\n').flip();
    // Under its own name only when it is whole.
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try (FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeAll(channel, header);
      content.writeTo(channel);
    }
    Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public void read(long first, int count, float[] features, float[] targets) {
    int columns = featureColumns();
    ByteBuffer bytes = littleEndian(Math.multiplyExact(count, (columns + 1) * Float.BYTES));
    long start = HEADER_BYTES + first * (columns + 1) * Float.BYTES;
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, start + bytes.position()) < 0) {
          throw new IOException("the file has become shorter");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bytes.flip();
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < columns; k++) {
        features[i * columns + k] = bytes.getFloat();
      }
      targets[i] = bytes.getFloat();
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
