package org.shallownet.model.onnx;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ONNX's {@code AttributeProto}, as far as it holds numbers, text or a tensor.
 *
 * @param name which setting it is
 * @param kind what it holds
 * @param real its value if it is a real number
 * @param integer its value if it is an integer
 * @param text its value if it is text
 * @param tensor its value if it is a tensor or a list of real numbers, then one of one dimension
 * @param integers its value if it is a list of integers
 * @param texts its value if it is a list of texts
 */
public record OnnxAttribute(
    String name,
    Kind kind,
    float real,
    long integer,
    String text,
    @Nullable OnnxTensor tensor,
    List<Long> integers,
    List<String> texts) {
  /** What an attribute holds. */
  public enum Kind {
    /** A float32. */
    REAL(1),
    /** A 64-bit integer. */
    INTEGER(2),
    /** Text. */
    TEXT(3),
    /** A tensor. */
    TENSOR(4),
    /** A list of float32. */
    REALS(6),
    /** A list of 64-bit integers. */
    INTEGERS(7),
    /** A list of texts. */
    TEXTS(8),
    /** Anything else, such as graphs. */
    OTHER(0);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The number that stands for it in files. */
    int code() {
      return code;
    }

    static Kind of(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return OTHER;
    }
  }

  /** Copies the lists. */
  public OnnxAttribute {
    integers = List.copyOf(integers);
    texts = List.copyOf(texts);
  }

  /** A real attribute. */
  public static OnnxAttribute real(String name, float value) {
    return new OnnxAttribute(name, Kind.REAL, value, 0, "", null, List.of(), List.of());
  }

  /** An integer attribute. */
  public static OnnxAttribute integer(String name, long value) {
    return new OnnxAttribute(name, Kind.INTEGER, 0, value, "", null, List.of(), List.of());
  }

  /** A text. */
  public static OnnxAttribute text(String name, String value) {
    return new OnnxAttribute(name, Kind.TEXT, 0, 0, value, null, List.of(), List.of());
  }

  /** A tensor. */
  public static OnnxAttribute tensor(String name, OnnxTensor value) {
    return new OnnxAttribute(name, Kind.TENSOR, 0, 0, "", value, List.of(), List.of());
  }

  /** A list of real numbers. */
  public static OnnxAttribute reals(String name, float... values) {
    OnnxTensor tensor = OnnxTensor.ofFloats("", values, values.length);
    return new OnnxAttribute(name, Kind.REALS, 0, 0, "", tensor, List.of(), List.of());
  }

  /** A list of integers. */
  public static OnnxAttribute integers(String name, List<Long> values) {
    return new OnnxAttribute(name, Kind.INTEGERS, 0, 0, "", null, values, List.of());
  }

  static OnnxAttribute reals(String name, ByteBuffer values) {
    OnnxTensor tensor =
        new OnnxTensor(
            "",
            List.of((long) values.remaining() / Float.BYTES),
            OnnxTensor.FLOAT,
            values,
            List.of(),
            null);
    return new OnnxAttribute(name, Kind.REALS, 0, 0, "", tensor, List.of(), List.of());
  }
}
