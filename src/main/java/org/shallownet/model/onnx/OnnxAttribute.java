package org.shallownet.model.onnx;

/**
 * ONNX's {@code AttributeProto}, as far as it holds one number.
 *
 * @param name which setting it is
 * @param kind what it holds
 * @param real its value if it is a real number
 * @param integer its value if it is an integer
 */
public record OnnxAttribute(String name, Kind kind, float real, long integer) {
  /** What an attribute holds. */
  public enum Kind {
    /** A float32. */
    REAL,
    /** A 64-bit integer. */
    INTEGER,
    /** Anything else: text, tensors, graphs, lists. */
    OTHER
  }

  /** A real attribute. */
  public static OnnxAttribute real(String name, float value) {
    return new OnnxAttribute(name, Kind.REAL, value, 0);
  }

  /** An integer attribute. */
  public static OnnxAttribute integer(String name, long value) {
    return new OnnxAttribute(name, Kind.INTEGER, 0, value);
  }
}
