package org.shallownet.model.onnx;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;

/**
 * ONNX's {@code NodeProto}: one operation.
 *
 * @param operator what it does, such as {@code Gemm}
 * @param domain the set of operators that it is from; empty for ONNX's own
 * @param name its name; may be empty
 * @param inputs the names of the values that it reads; an empty name stands for one left out
 * @param outputs the names of its results
 * @param attributes its settings
 */
public record OnnxNode(
    String operator,
    String domain,
    String name,
    List<String> inputs,
    List<String> outputs,
    List<OnnxAttribute> attributes) {
  /** Copies the lists. */
  public OnnxNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = List.copyOf(attributes);
  }

  /** A node of ONNX's own operators. */
  public static OnnxNode of(
      String operator,
      String name,
      List<String> inputs,
      String output,
      OnnxAttribute... attributes) {
    return new OnnxNode(operator, "", name, inputs, List.of(output), List.of(attributes));
  }

  /** The same node with other inputs. */
  public OnnxNode withInputs(List<String> others) {
    return new OnnxNode(operator, domain, name, others, outputs, attributes);
  }

  /** The operator and the node's name, for messages; without a name, that of its first result. */
  public String label() {
    String place = name.isEmpty() && !outputs.isEmpty() ? outputs.get(0) : name;
    return Printable.shortened(domain.isEmpty() ? operator : domain + "." + operator)
        + " (node "
        + Printable.quoted(place)
        + ")";
  }

  /** The reason not to read the node: its label and a clause that goes on from there. */
  public DataException refused(String why) {
    return new DataException("operator " + label() + " " + why);
  }

  /** Input {@code index}; empty if it is left out. */
  public String input(int index) {
    return index < inputs.size() ? inputs.get(index) : "";
  }

  /**
   * A real attribute.
   *
   * @throws DataException if it is there but is not a real number
   */
  public float real(String attribute, float otherwise) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.REAL);
    return found == null ? otherwise : found.real();
  }

  /**
   * An integer attribute.
   *
   * @throws DataException if it is there but is not an integer
   */
  public long integer(String attribute, long otherwise) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.INTEGER);
    return found == null ? otherwise : found.integer();
  }

  /**
   * An attribute that is a list of integers; null if it is not there.
   *
   * @throws DataException if it is there but is something else
   */
  public @Nullable List<Long> integers(String attribute) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.INTEGERS);
    return found == null ? null : found.integers();
  }

  /**
   * An attribute that is a list of real numbers; null if it is not there.
   *
   * @throws DataException if it is there but is something else
   */
  public @Nullable OnnxTensor reals(String attribute) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.REALS);
    return found == null ? null : found.tensor();
  }

  /**
   * An attribute that is text.
   *
   * @throws DataException if it is there but is something else
   */
  public String text(String attribute, String otherwise) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.TEXT);
    return found == null ? otherwise : found.text();
  }

  /**
   * An attribute that is a list of texts; empty if it is not there.
   *
   * @throws DataException if it is there but is something else
   */
  public List<String> texts(String attribute) {
    OnnxAttribute found = find(attribute, OnnxAttribute.Kind.TEXTS);
    return found == null ? List.of() : found.texts();
  }

  private @Nullable OnnxAttribute find(String attribute, OnnxAttribute.Kind kind) {
    for (OnnxAttribute candidate : attributes) {
      if (candidate.name().equals(attribute)) {
        if (candidate.kind() != kind) {
          throw new DataException(
              "attribute "
                  + Printable.quoted(attribute)
                  + " of operator "
                  + label()
                  + " has the wrong type");
        }
        return candidate;
      }
    }
    return null;
  }
}
