package org.shallownet.data.csv;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts CSV text into blocks of whole records. A line end ends a record unless it is in a quoted
 * field; only quotes at a field's beginning open one, as FastCSV has it too.
 */
final class RecordBlocks {
  /** A record of more blocks than this is not worth the memory: nothing is cut from it on. */
  private static final int MOST_BLOCKS_IN_RECORD = 64;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** A one in each byte. */
  private static final long ONES = 0x0101010101010101L;

  private final InputStream stream;
  private final byte separator;
  private final int blockBytes;
  private final int mostBytes;

  /** Bytes that were read and not handed out. */
  private byte[] buffer;

  private int filled;

  /** Whether the next byte is in a quoted field. */
  private boolean quoted;

  /** Whether the next byte is in a field that can't become quoted any more. */
  private boolean plain;

  /**
   * Blocks of a stream.
   *
   * @param separator what stands between fields, an ASCII character
   * @param firstBytes how large the first block is at most, unless a record is larger
   * @param blockBytes how large the following blocks are at most, unless a record is larger
   */
  RecordBlocks(InputStream stream, char separator, int firstBytes, int blockBytes) {
    this.stream = stream;
    this.separator = (byte) separator;
    this.buffer = new byte[firstBytes];
    this.blockBytes = blockBytes;
    this.mostBytes =
        (int) Math.min((long) MOST_BLOCKS_IN_RECORD * blockBytes, Integer.MAX_VALUE / 2);
  }

  /** The next block; null at the end and before a record that is too long. */
  byte @Nullable [] next() throws IOException {
    while (true) {
      int from = filled;
      filled += stream.readNBytes(buffer, from, buffer.length - from);
      if (filled < buffer.length) {
        return filled == 0 ? null : take(filled);
      }
      int end = lastRecordEnd(from);
      if (end > 0) {
        return take(end);
      }
      if (buffer.length >= mostBytes) {
        return null;
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
  }

  /** All that was not handed out. */
  InputStream rest() {
    return new SequenceInputStream(new ByteArrayInputStream(buffer, 0, filled), stream);
  }

  private byte[] take(int count) {
    byte[] block = Arrays.copyOf(buffer, count);
    byte[] next = buffer.length < blockBytes ? new byte[blockBytes] : buffer;
    System.arraycopy(buffer, count, next, 0, filled - count);
    buffer = next;
    filled -= count;
    return block;
  }

  /** The place after the last record that ends in the buffer from here on; 0 if none does. */
  private int lastRecordEnd(int from) {
    int end = 0;
    // What follows a carriage return tells whether it ends the record.
    if (from > 0 && buffer[from - 1] == '\r' && !quoted && buffer[from] != '\n') {
      end = from;
    }
    return Math.max(
        end,
        quoted || has(buffer, (byte) '"', from, filled)
            ? endAmongQuotes(from)
            : endWithoutQuotes(from));
  }

  /** Whether bytes have this one among them, looked for in eight bytes at a time. */
  static boolean has(byte[] bytes, byte wanted, int from, int end) {
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      // Zero in each byte that is as wanted; a borrow goes no lower than the lowest of these.
      long x = (long) LONGS.get(bytes, i) ^ (wanted & 0xFF) * ONES;
      if (((x - ONES) & ~x & ONES << 7) != 0) {
        return true;
      }
    }
    for (; i < end; i++) {
      if (bytes[i] == wanted) {
        return true;
      }
    }
    return false;
  }

  private int endWithoutQuotes(int from) {
    byte last = buffer[filled - 1];
    plain = last != separator && last != '\n' && last != '\r';
    for (int i = filled - 1; i >= from; i--) {
      if (buffer[i] == '\n' || (buffer[i] == '\r' && i + 1 < filled)) {
        return i + 1;
      }
    }
    return 0;
  }

  private int endAmongQuotes(int from) {
    int end = 0;
    for (int i = from; i < filled; i++) {
      byte b = buffer[i];
      if (quoted) {
        // A doubled quote closes the field and opens it again.
        quoted = b != '"';
      } else if (b == '"') {
        quoted = !plain;
      } else if (b == '\n' || (b == '\r' && i + 1 < filled && buffer[i + 1] != '\n')) {
        plain = false;
        end = i + 1;
      } else {
        plain = b != separator && b != '\r';
      }
    }
    return end;
  }
}
