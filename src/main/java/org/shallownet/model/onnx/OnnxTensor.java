package org.shallownet.model.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;

/**
 * ONNX's {@code TensorProto}: a constant.
 *
 * @param name its name
 * @param dimensions its shape; empty for a single number
 * @param type the type of its elements
 * @param data numbers row by row, little-endian
 * @param strings the elements if they are strings
 * @param external where the elements are if they are in another file, as keys and values; null if
 *     they are here
 */
public record OnnxTensor(
    String name,
    List<Long> dimensions,
    int type,
    ByteBuffer data,
    List<String> strings,
    @Nullable Map<String, String> external) {
  /** The type of float32 elements. */
  public static final int FLOAT = 1;

  /** The type of 32-bit integers. */
  public static final int INT32 = 6;

  /** The type of 64-bit integers. */
  public static final int INT64 = 7;

  /** The type of string elements. */
  public static final int STRING = 8;

  /** The type of truth values, a byte each. */
  public static final int BOOL = 9;

  /** The type of float16 elements. */
  public static final int FLOAT16 = 10;

  /** The type of float64 elements. */
  public static final int DOUBLE = 11;

  private static final String REALS = "neither float32 nor float64 nor float16";
  private static final int SIGN = 0x8000;
  private static final int MANTISSA_BITS = 10;

  /** Copies the collections. */
  public OnnxTensor {
    dimensions = List.copyOf(dimensions);
    strings = List.copyOf(strings);
    external = external == null ? null : Map.copyOf(external);
  }

  /**
   * A tensor as it lies in a file.
   *
   * @param numbers the elements as field {@code field} holds them, little-endian
   */
  static OnnxTensor of(
      String name,
      List<Long> dimensions,
      int type,
      NumberBytes numbers,
      int field,
      List<String> strings,
      @Nullable Map<String, String> external) {
    ByteBuffer data = numbers.buffer();
    // Small types lie one per 32-bit integer if they don't lie as raw bytes.
    if (field == 5 && (type == FLOAT16 || type == BOOL)) {
      int width = type == FLOAT16 ? Short.BYTES : 1;
      ByteBuffer narrow =
          ByteBuffer.allocate(data.remaining() / Integer.BYTES * width)
              .order(ByteOrder.LITTLE_ENDIAN);
      while (data.hasRemaining()) {
        int element = data.getInt();
        if (type == FLOAT16) {
          narrow.putShort((short) element);
        } else {
          narrow.put((byte) element);
        }
      }
      data = narrow.flip();
    }
    return new OnnxTensor(name, dimensions, type, data, strings, external);
  }

  /** A float32 tensor of this shape. */
  public static OnnxTensor ofFloats(String name, float[] values, long... dimensions) {
    long bytes = (long) values.length * Float.BYTES;
    if (bytes > Integer.MAX_VALUE) {
      throw new DataException(
          "the "
              + values.length
              + " numbers of "
              + name
              + " don't fit into an ONNX file, which holds at most 2 GiB; use a smaller network");
    }
    ByteBuffer data = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return new OnnxTensor(name, boxed(dimensions), FLOAT, data, List.of(), null);
  }

  /** A row of strings. */
  public static OnnxTensor ofStrings(String name, List<String> values) {
    return new OnnxTensor(name, boxed(values.size()), STRING, ByteBuffer.allocate(0), values, null);
  }

  /** A row of 64-bit integers. */
  public static OnnxTensor ofIntegers(String name, long... values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asLongBuffer().put(values);
    return new OnnxTensor(name, boxed(values.length), INT64, data, List.of(), null);
  }

  /** A single 64-bit integer. */
  public static OnnxTensor ofInteger(String name, long value) {
    return new OnnxTensor(name, List.of(), INT64, ofIntegers(name, value).data(), List.of(), null);
  }

  /** The same tensor with its elements, which were in another file. */
  public OnnxTensor withData(ByteBuffer elements) {
    return new OnnxTensor(name, dimensions, type, elements, strings, null);
  }

  /** The same tensor by another name. */
  public OnnxTensor named(String other) {
    return new OnnxTensor(other, dimensions, type, data, strings, external);
  }

  private static List<Long> boxed(long... dimensions) {
    List<Long> list = new ArrayList<>();
    for (long dimension : dimensions) {
      list.add(dimension);
    }
    return list;
  }

  /**
   * The elements as float32, row by row; float64 is rounded.
   *
   * @throws DataException if the elements are of another type, in another file, or fewer or more
   *     than the shape says
   */
  public float[] floats() {
    ByteBuffer source = elements(type == FLOAT || type == DOUBLE || type == FLOAT16, REALS);
    float[] values = new float[source.remaining() / width()];
    if (type == FLOAT) {
      source.asFloatBuffer().get(values);
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = type == DOUBLE ? (float) source.getDouble() : half(source.getShort());
    }
    return values;
  }

  /**
   * The elements as float64, row by row, each exactly what it is.
   *
   * @throws DataException as {@link #floats}
   */
  public double[] doubles() {
    ByteBuffer source = elements(type == FLOAT || type == DOUBLE || type == FLOAT16, REALS);
    double[] values = new double[source.remaining() / width()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case FLOAT -> source.getFloat();
            case DOUBLE -> source.getDouble();
            default -> half(source.getShort());
          };
    }
    return values;
  }

  /**
   * The elements as integers; truth values are 0 or 1.
   *
   * @throws DataException as {@link #floats}
   */
  public long[] integers() {
    ByteBuffer source =
        elements(type == INT32 || type == INT64 || type == BOOL, "neither integers nor bool");
    long[] values = new long[source.remaining() / width()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case INT32 -> source.getInt();
            case INT64 -> source.getLong();
            default -> source.get();
          };
    }
    return values;
  }

  /** The float16 of these bits. */
  private static float half(short bits) {
    int exponent = (bits >> MANTISSA_BITS) & 0x1f;
    int mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    float size;
    if (exponent == 0x1f) {
      size = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      size = Math.scalb((float) mantissa, -24);
    } else {
      size = Math.scalb((float) (mantissa | (1 << MANTISSA_BITS)), exponent - 25);
    }
    return (bits & SIGN) == 0 ? size : -size;
  }

  /** The bytes of an element; 0 if its type is not one of those read. */
  private int width() {
    return switch (type) {
      case BOOL -> 1;
      case FLOAT16 -> Short.BYTES;
      case FLOAT, INT32 -> Integer.BYTES;
      case DOUBLE, INT64 -> Long.BYTES;
      default -> 0;
    };
  }

  /** How many bytes the elements take by shape and type; -1 if that can't be. */
  public long byteCount() {
    long count = elementCount();
    return count < 0 || width() == 0 ? -1 : count * width();
  }

  private ByteBuffer elements(boolean rightType, String otherwise) {
    if (external != null) {
      throw new DataException(
          "constant "
              + Printable.quoted(name)
              + " keeps its numbers in another file; save the model in one file");
    }
    if (!rightType) {
      throw new DataException(
          "constant " + Printable.quoted(name) + " is " + otherwise + " (ONNX type " + type + ")");
    }
    if (data.remaining() != byteCount()) {
      throw new DataException(
          "constant "
              + Printable.quoted(name)
              + " of shape "
              + dimensions
              + " holds "
              + data.remaining()
              + " bytes of numbers, which does not fit; export the model again");
    }
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The product of the dimensions; -1 if one is not positive or the product is out of range. */
  private long elementCount() {
    long product = 1;
    for (long dimension : dimensions) {
      if (dimension < 1 || dimension > Integer.MAX_VALUE || product > Integer.MAX_VALUE) {
        return -1;
      }
      product *= dimension;
    }
    return product;
  }
}
