package org.shallownet.model.chain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxTensor;

/** The constants of a chain: its initializers, and what its Constant nodes hold. */
final class ChainConstants {
  private final Map<String, OnnxTensor> tensors = new HashMap<>();
  private final ExternalFiles files;

  ChainConstants(List<OnnxTensor> initializers, ExternalFiles files) {
    this.files = files;
    for (OnnxTensor tensor : initializers) {
      if (tensors.put(tensor.name(), tensor) != null) {
        throw new DataException("it has two initializers " + Printable.quoted(tensor.name()));
      }
    }
  }

  boolean contains(String name) {
    return tensors.containsKey(name);
  }

  /** Adds what a Constant node holds. */
  void add(OnnxNode node) {
    if (node.attributes().size() != 1 || !node.inputs().isEmpty() || node.outputs().size() != 1) {
      throw node.refused("should have one attribute and one result; export the model again");
    }
    OnnxAttribute attribute = node.attributes().get(0);
    String name = node.outputs().get(0);
    OnnxTensor tensor =
        switch (attribute.kind()) {
          case TENSOR, REALS -> Objects.requireNonNull(attribute.tensor()).named(name);
          case REAL -> OnnxTensor.ofFloats(name, new float[] {attribute.real()});
          case INTEGER -> OnnxTensor.ofInteger(name, attribute.integer());
          case INTEGERS ->
              OnnxTensor.ofIntegers(
                  name, attribute.integers().stream().mapToLong(Long::longValue).toArray());
          default ->
              throw node.refused(
                  "holds "
                      + Printable.quoted(attribute.name())
                      + ", but only numbers are supported as constants");
        };
    tensors.put(name, tensor);
  }

  /** Gives a constant a second name. */
  void alias(OnnxNode node, String name) {
    tensors.put(name, tensor(node, node.input(0)).named(name));
  }

  /** The constant of this name with its numbers. */
  OnnxTensor tensor(OnnxNode node, String name) {
    OnnxTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw node.refused("lacks a constant operand; export the model again");
    }
    try {
      return files.load(tensor);
    } catch (DataException e) {
      throw node.refused("can't be read: " + e.getMessage());
    }
  }

  /** The real numbers of a constant, all finite. */
  static double[] reals(OnnxNode node, OnnxTensor tensor) {
    double[] values = checked(node, tensor::doubles);
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw node.refused(
            "has a constant "
                + Printable.quoted(tensor.name())
                + " that holds "
                + value
                + "; weights must be finite, so train the network again");
      }
    }
    return values;
  }

  /** The integers of a constant. */
  long[] integers(OnnxNode node, String name) {
    return checked(node, tensor(node, name)::integers);
  }

  private interface Numbers<T> {
    T read();
  }

  private static <T> T checked(OnnxNode node, Numbers<T> numbers) {
    try {
      return numbers.read();
    } catch (DataException e) {
      throw node.refused("can't be read: " + e.getMessage());
    }
  }
}
