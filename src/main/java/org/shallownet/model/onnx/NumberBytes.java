package org.shallownet.model.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects a tensor's numbers, which a file may hold in any number of pieces. A single piece stays
 * a view of the file; more are copied into an array that doubles, so that time stays linear.
 */
final class NumberBytes {
  private static final int LARGEST = Integer.MAX_VALUE - 64;

  private @Nullable ByteBuffer only;
  private byte[] joined = new byte[0];
  private int size;

  /** Adds the bytes that remain in a piece. */
  void add(ByteBuffer piece) throws InvalidProtocolBufferException {
    if (size == 0) {
      only = piece.slice();
      size = piece.remaining();
      return;
    }
    int length = piece.remaining();
    piece.get(room(length), size - length, length);
  }

  /** Adds one number of 4 or 8 bytes. */
  void add(long value, int width) throws InvalidProtocolBufferException {
    byte[] target = room(width);
    for (int i = 0; i < width; i++) {
      target[size - width + i] = (byte) (value >>> (8 * i));
    }
  }

  /** The array, grown by {@code length} bytes at its end. */
  private byte[] room(int length) throws InvalidProtocolBufferException {
    long needed = (long) size + length;
    if (needed > LARGEST) {
      throw new InvalidProtocolBufferException("a tensor holds more than 2 GiB");
    }
    if (joined.length < needed) {
      joined = Arrays.copyOf(joined, (int) Math.min(LARGEST, Math.max(16, 2 * needed)));
    }
    if (only != null) {
      only.get(joined, 0, size);
      only = null;
    }
    size = (int) needed;
    return joined;
  }

  /** All of them, little-endian. */
  ByteBuffer buffer() {
    ByteBuffer all = only == null ? ByteBuffer.wrap(joined, 0, size).slice() : only;
    return all.order(ByteOrder.LITTLE_ENDIAN);
  }
}
