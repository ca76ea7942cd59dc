package org.shallownet.model.onnx;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ONNX's {@code ValueInfoProto}: a graph's input or output, a tensor.
 *
 * @param name its name
 * @param type the type of its elements, see {@link OnnxTensor}; 0 if not stated
 * @param shape its dimensions, {@link #ANY} for one that is not fixed; null if not stated
 */
public record OnnxValue(String name, int type, @Nullable List<Long> shape) {
  /** A dimension that is not fixed, such as the number of samples. */
  public static final long ANY = -1;

  /** Copies the shape. */
  public OnnxValue {
    shape = shape == null ? null : List.copyOf(shape);
  }
}
