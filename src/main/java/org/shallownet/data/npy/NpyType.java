package org.shallownet.data.npy;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** How a number is stored, in the byte order of the buffer that it is read from. */
enum NpyType {
  FLOAT16("f2", 2),
  FLOAT32("f4", 4),
  FLOAT64("f8", 8),
  INT8("i1", 1),
  INT16("i2", 2),
  INT32("i4", 4),
  INT64("i8", 8),
  UINT8("u1", 1),
  UINT16("u2", 2),
  UINT32("u4", 4),
  UINT64("u8", 8),
  BOOL("b1", 1);

  private final String code;
  private final int bytes;

  NpyType(String code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The type that NumPy calls so, without the sign of the byte order; null if it is no number. */
  static @Nullable NpyType of(String code) {
    for (NpyType type : values()) {
      if (type.code.equals(code)) {
        return type;
      }
    }
    return null;
  }

  int bytes() {
    return bytes;
  }

  boolean isFloat() {
    return this == FLOAT16 || this == FLOAT32 || this == FLOAT64;
  }

  float asFloat(ByteBuffer buffer, int at) {
    return switch (this) {
      case FLOAT32 -> buffer.getFloat(at);
      case FLOAT64 -> (float) buffer.getDouble(at);
      case FLOAT16 -> half(buffer.getShort(at));
      case UINT64 -> unsigned(buffer.getLong(at));
      default -> (float) asLong(buffer, at);
    };
  }

  /** The number as text that gives the same number back. */
  String text(ByteBuffer buffer, int at) {
    if (this == UINT64) {
      return Long.toUnsignedString(buffer.getLong(at));
    }
    if (!isFloat()) {
      return Long.toString(asLong(buffer, at));
    }
    double value = this == FLOAT64 ? buffer.getDouble(at) : asFloat(buffer, at);
    if (value == (long) value) {
      return Long.toString((long) value);
    }
    return this == FLOAT64 ? Double.toString(value) : Float.toString((float) value);
  }

  private long asLong(ByteBuffer buffer, int at) {
    return switch (this) {
      case INT8 -> buffer.get(at);
      case INT16 -> buffer.getShort(at);
      case INT32 -> buffer.getInt(at);
      case INT64 -> buffer.getLong(at);
      case UINT8 -> Byte.toUnsignedInt(buffer.get(at));
      case UINT16 -> Short.toUnsignedInt(buffer.getShort(at));
      case UINT32 -> Integer.toUnsignedLong(buffer.getInt(at));
      case BOOL -> buffer.get(at) == 0 ? 0 : 1;
      case UINT64, FLOAT16, FLOAT32, FLOAT64 ->
          throw new IllegalStateException("a long doesn't hold all of these numbers");
    };
  }

  private static float half(short bits) {
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 1023;
    float size;
    if (exponent == 31) {
      size = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      size = Math.scalb((float) fraction, -24);
    } else {
      size = Math.scalb((float) (fraction + 1024), exponent - 25);
    }
    return bits < 0 ? -size : size;
  }

  private static float unsigned(long bits) {
    // Half of it fits; its last bit keeps the rounding right.
    return bits >= 0 ? (float) bits : 2 * (float) ((bits >>> 1) | (bits & 1));
  }
}
