package org.shallownet.model.chain;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.ColumnNames;
import org.shallownet.data.DataException;
import org.shallownet.data.text.Printable;
import org.shallownet.model.onnx.OnnxAttribute;
import org.shallownet.model.onnx.OnnxNode;

/**
 * The values of a chain that nodes may read: those since the last dense layer, by their names; and
 * checks of what a node reads.
 */
final class ChainValues {
  /** What leaves probabilities as they are. */
  private static final Set<String> AFTER_THE_END =
      Set.of("Identity", "Cast", "Normalizer", "ZipMap");

  /** Shifts and scales that all values together may have: memory stays within bounds. */
  private static final long MOST_NUMBERS = 1L << 24;

  private static final int MOST_NAMED = 5;

  private final Map<String, ChainValue> values = new HashMap<>();
  private final ChainConstants constants;
  private String current;
  private @Nullable OnnxNode ending;
  private long numbers;

  ChainValues(String input, ChainConstants constants) {
    this.constants = constants;
    current = input;
    values.put(input, ChainValue.PLAIN);
  }

  /** The name of the value that was added last. */
  String current() {
    return current;
  }

  ChainValue last() {
    ChainValue value = values.get(current);
    return value == null ? ChainValue.PLAIN : value;
  }

  boolean contains(String name) {
    return values.containsKey(name);
  }

  /** Adds a value that is computed of others. */
  void add(String name, ChainValue value) {
    numbers += value.operand().affine().size();
    if (numbers > MOST_NUMBERS) {
      throw new DataException(
          "up to "
              + Printable.quoted(name)
              + " it shifts and scales more than "
              + MOST_NUMBERS
              + " numbers between two dense layers; export a smaller network");
    }
    values.put(name, value);
    current = name;
  }

  /** Adds the result of a dense layer; what comes later can't read what was before. */
  void restart(String name) {
    values.clear();
    numbers = 0;
    add(name, ChainValue.PLAIN);
  }

  /** Adds the network's probabilities, which hardly anything may follow. */
  void end(OnnxNode node, String name) {
    restart(name);
    ending = node;
  }

  boolean ended() {
    return ending != null;
  }

  /** What a node reads as input {@code index}, which must be a value. */
  ChainValue read(OnnxNode node, int index) {
    ChainValue value = values.get(node.input(index));
    if (value == null) {
      throw node.refused(
          "should read "
              + Printable.quoted(current)
              + " as input "
              + (index + 1)
              + "; export the model again");
    }
    return value;
  }

  /** Checks a node that reads values and constants, and has one result. */
  void expect(OnnxNode node, int inputs, int data, Set<String> attributes) {
    onlyResult(node);
    expectInputs(node, inputs, data, attributes);
  }

  /**
   * Checks what a node reads.
   *
   * @param inputs how many inputs it may have
   * @param data how many of them may be values, the rest being constants
   */
  void expectInputs(OnnxNode node, int inputs, int data, Set<String> attributes) {
    expectAttributes(node, attributes);
    int read = 0;
    for (String name : node.inputs()) {
      if (values.containsKey(name)) {
        read++;
      } else if (!name.isEmpty() && !constants.contains(name)) {
        throw node.refused(
            "reads "
                + Printable.quoted(name)
                + " besides or instead of "
                + Printable.quoted(current)
                + ": not a chain; export a network without branches");
      }
    }
    if (read < 1 || read > data || node.inputs().size() > inputs) {
      throw node.refused(
          "should read "
              + Printable.quoted(current)
              + " once and constants, but reads "
              + ColumnNames.list(node.inputs(), MOST_NAMED)
              + "; export a network without branches");
    }
    if (ending != null && !AFTER_THE_END.contains(node.operator())) {
      throw node.refused(
          "comes after "
              + ending.label()
              + ", which must be the last; export the network up to there");
    }
  }

  /** Checks that a node has no other attributes, and none twice. */
  static void expectAttributes(OnnxNode node, Set<String> attributes) {
    Set<String> seen = new HashSet<>();
    for (OnnxAttribute attribute : node.attributes()) {
      if (!attributes.contains(attribute.name())) {
        throw node.refused(
            "has attribute "
                + Printable.quoted(attribute.name())
                + ", which is not supported; export the network without it");
      } else if (!seen.add(attribute.name())) {
        throw node.refused(
            "has attribute "
                + Printable.quoted(attribute.name())
                + " twice; export the model again");
      }
    }
  }

  /** The name of the only result that a node should have. */
  static String onlyResult(OnnxNode node) {
    if (node.outputs().size() != 1) {
      throw node.refused(
          "has " + node.outputs().size() + " results, not one; export the network without it");
    }
    return node.outputs().get(0);
  }
}
