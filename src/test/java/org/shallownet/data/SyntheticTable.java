package org.shallownet.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * Writes a large table as a NumPy file of float32: 28 features between 0 and 1, then a class, which
 * is 1 where the first two features lie within a circle that holds half of all rows.
 */
public final class SyntheticTable {
  static final int FEATURES = 28;

  private static final double RADIUS_SQUARED = 0.5 / Math.PI;
  private static final int HEADER_BYTES = 128;
  private static final int PREFIX_BYTES = 10;
  private static final int ROWS_AT_ONCE = 1 << 14;

  private SyntheticTable() {}

  /** Takes the number of rows and the file, which must not be there. */
  public static void main(String[] args) throws IOException {
    write(Long.parseLong(args[0]), Path.of(args[1]));
  }

  static void write(long rows, Path file) throws IOException {
    SplittableRandom random = new SplittableRandom(28);
    ByteBuffer block =
        ByteBuffer.allocateDirect(ROWS_AT_ONCE * (FEATURES + 1) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeAll(header(rows), out);
      for (long done = 0; done < rows; done += ROWS_AT_ONCE) {
        block.clear();
        for (long row = Math.min(ROWS_AT_ONCE, rows - done); row > 0; row--) {
          putRow(random, block);
        }
        writeAll(block.flip(), out);
      }
    }
  }

  private static ByteBuffer header(long rows) {
    String text =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
            .formatted(rows, FEATURES + 1);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) (HEADER_BYTES - PREFIX_BYTES));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').flip();
  }

  private static void putRow(SplittableRandom random, ByteBuffer block) {
    double distance = 0;
    for (int column = 0; column < FEATURES; column++) {
      double value = random.nextDouble();
      if (column < 2) {
        distance += (value - 0.5) * (value - 0.5);
      }
      block.putFloat((float) value);
    }
    block.putFloat(distance < RADIUS_SQUARED ? 1 : 0);
  }

  private static void writeAll(ByteBuffer bytes, FileChannel out) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
