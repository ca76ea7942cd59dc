package org.shallownet.cli.tensorboard;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A file of TFRecords, TensorFlow's format for a sequence of byte strings. A record is its length
 * (8 bytes), the masked checksum of these bytes (4), its bytes, and their masked checksum (4),
 * numbers little-endian. The checksum is CRC-32C, masked as {@code ((c >>> 15) | (c << 17)) +
 * 0xa282ead8}: <a href="https://www.tensorflow.org/tutorials/load_data/tfrecord">TFRecord</a>.
 */
final class RecordStream implements Closeable {
  private static final int MASK = 0xa282ead8;

  private final OutputStream out;

  /** Writes to this stream, which is closed with it. */
  RecordStream(OutputStream out) {
    this.out = out;
  }

  /** Writes a record. */
  void write(byte[] record) throws IOException {
    ByteBuffer framed = ByteBuffer.allocate(record.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    framed.putLong(record.length);
    framed.putInt(masked(framed.array(), 8));
    framed.put(record);
    framed.putInt(masked(record, record.length));
    out.write(framed.array());
  }

  /** The masked checksum of the first bytes. */
  static int masked(byte[] bytes, int count) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, count);
    return Integer.rotateRight((int) checksum.getValue(), 15) + MASK;
  }

  /** Hands what was written to the system. */
  void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
