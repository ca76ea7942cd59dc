package org.shallownet.model.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.shallownet.data.DataException;

/**
 * ONNX's {@code TensorProto}: a constant.
 *
 * @param name its name
 * @param dimensions its shape; empty for a single number
 * @param type the type of its elements
 * @param data numbers row by row, little-endian
 * @param strings the elements if they are strings
 * @param external whether the elements are in another file
 */
public record OnnxTensor(
    String name,
    List<Long> dimensions,
    int type,
    ByteBuffer data,
    List<String> strings,
    boolean external) {
  /** The type of float32 elements. */
  public static final int FLOAT = 1;

  /** The type of string elements. */
  public static final int STRING = 8;

  /** The type of float64 elements. */
  public static final int DOUBLE = 11;

  /** Copies the lists. */
  public OnnxTensor {
    dimensions = List.copyOf(dimensions);
    strings = List.copyOf(strings);
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
    return new OnnxTensor(name, boxed(dimensions), FLOAT, data, List.of(), false);
  }

  /** A row of strings. */
  public static OnnxTensor ofStrings(String name, List<String> values) {
    return new OnnxTensor(
        name, boxed(values.size()), STRING, ByteBuffer.allocate(0), values, false);
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
    if (external) {
      throw new DataException(
          "initializer '"
              + name
              + "' keeps its numbers in another file (external data), which is not supported; save"
              + " the model in one file");
    }
    if (type != FLOAT && type != DOUBLE) {
      throw new DataException(
          "initializer '" + name + "' is neither float32 nor float64 (ONNX type " + type + ")");
    }
    int width = type == FLOAT ? Float.BYTES : Double.BYTES;
    long count = data.remaining() / width;
    if (data.remaining() % width != 0 || count != elements()) {
      throw new DataException(
          "initializer '"
              + name
              + "' of shape "
              + dimensions
              + " holds "
              + data.remaining()
              + " bytes of numbers, which does not fit");
    }
    float[] values = new float[(int) count];
    ByteBuffer source = data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (type == FLOAT) {
      source.asFloatBuffer().get(values);
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) source.getDouble();
      }
    }
    return values;
  }

  /** The product of the dimensions; -1 if one is not positive or the product is out of range. */
  private long elements() {
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
