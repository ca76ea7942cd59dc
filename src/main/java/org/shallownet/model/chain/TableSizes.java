package org.shallownet.model.chain;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.onnx.OnnxNode;
import org.shallownet.model.onnx.OnnxValue;

/**
 * Sizes that a chain computes of a table's shape to reshape by them, as {@code x.view(x.size(0),
 * -1)} becomes Shape, Gather, Unsqueeze and Concat.
 */
final class TableSizes {
  /** Stands for the first size of the network's input. */
  static final long FIRST = Long.MIN_VALUE;

  /** Stands for the second size of the network's input. */
  static final long SECOND = Long.MIN_VALUE + 1;

  /** More sizes than a shape has. */
  private static final int MOST = 8;

  private static final Set<String> OPERATORS =
      Set.of("Shape", "Gather", "Slice", "Concat", "Unsqueeze", "Squeeze", "Cast", "Identity");

  private final DenseStack stack;
  private final ChainConstants constants;
  private final Map<String, long[]> sizes = new HashMap<>();

  TableSizes(DenseStack stack, ChainConstants constants) {
    this.stack = stack;
    this.constants = constants;
  }

  /** Whether a node computes sizes: then its result is known, and nothing else is to be done. */
  boolean take(OnnxNode node, ChainValues values) {
    if (node.operator().equals("Shape") && values.contains(node.input(0))) {
      values.expect(node, 1, 1, Set.of("start", "end"));
      values.read(node, 0).requireTable(node);
      int from = bound(node.integer("start", 0), 2);
      int to = bound(node.integer("end", 2), 2);
      put(node, Arrays.copyOfRange(table(), from, Math.max(from, to)));
      return true;
    }
    boolean ofSizes =
        OPERATORS.contains(node.operator())
            && node.domain().isEmpty()
            && node.inputs().stream().anyMatch(sizes::containsKey);
    if (ofSizes) {
      put(node, result(node));
    }
    return ofSizes;
  }

  private static int bound(long index, int length) {
    long from = index < 0 ? index + length : index;
    return (int) Math.max(0, Math.min(length, from));
  }

  private void put(OnnxNode node, long[] result) {
    sizes.put(ChainValues.onlyResult(node), result);
  }

  /** The current table's shape. */
  private long[] table() {
    Integer width = stack.width();
    boolean columns = stack.samples() == Affine.Samples.COLUMNS;
    if (width == null || stack.samples() == null) {
      long second = stack.inputSize(1);
      stack.inputSize(0);
      return new long[] {FIRST, second == OnnxValue.ANY ? SECOND : second};
    }
    return columns ? new long[] {width, SECOND} : new long[] {FIRST, width};
  }

  private long[] result(OnnxNode node) {
    return switch (node.operator()) {
      case "Gather" -> gather(node);
      case "Slice" -> slice(node);
      case "Concat" -> concat(node);
      case "Cast" -> {
        if (node.integer("to", 0) != 7) {
          throw node.refused("converts a shape to other than int64; export the network without it");
        }
        yield read(node, node.input(0));
      }
      default -> read(node, node.input(0)); // a single size or a row of them: the numbers stay
    };
  }

  private long[] gather(OnnxNode node) {
    long[] from = read(node, node.input(0));
    long[] indices = constants.integers(node, node.input(1));
    if (indices.length > MOST) {
      throw node.refused("takes more than " + MOST + " sizes; export the network without it");
    }
    long[] chosen = new long[indices.length];
    for (int i = 0; i < chosen.length; i++) {
      long index = indices[i] < 0 ? indices[i] + from.length : indices[i];
      if (index < 0 || index >= from.length) {
        throw node.refused(
            "takes size " + indices[i] + " of a table, which has 2; export the model again");
      }
      chosen[i] = from[(int) index];
    }
    return chosen;
  }

  private long[] slice(OnnxNode node) {
    long[] from = read(node, node.input(0));
    long start = slicePart(node, 1, "starts");
    long end = slicePart(node, 2, "ends");
    boolean steps =
        !node.input(4).isEmpty()
            && !Arrays.equals(constants.integers(node, node.input(4)), new long[] {1});
    if (steps) {
      throw node.refused("takes sizes in steps; export the network without it");
    }
    int first = bound(start, from.length);
    return Arrays.copyOfRange(from, first, Math.max(first, bound(end, from.length)));
  }

  private long slicePart(OnnxNode node, int input, String attribute) {
    List<Long> listed = node.integers(attribute);
    long[] values =
        listed == null
            ? constants.integers(node, node.input(input))
            : listed.stream().mapToLong(Long::longValue).toArray();
    if (values.length != 1) {
      throw node.refused("has several " + attribute + " for a shape; export the model again");
    }
    return values[0];
  }

  private long[] concat(OnnxNode node) {
    long[] all = new long[0];
    for (String name : node.inputs()) {
      long[] part = read(node, name);
      if (all.length + part.length > MOST) {
        throw node.refused(
            "makes a shape of more than " + MOST + " sizes; export the network without it");
      }
      int length = all.length;
      all = Arrays.copyOf(all, length + part.length);
      System.arraycopy(part, 0, all, length, part.length);
    }
    return all;
  }

  /** The sizes of this name, computed or constant. */
  long[] read(OnnxNode node, String name) {
    long[] known = sizes.get(name);
    return known == null ? constants.integers(node, name) : known;
  }

  boolean contains(String name) {
    return sizes.containsKey(name);
  }

  /** Which dimensions a step is about; null if it doesn't say. */
  long @Nullable [] axes(OnnxNode node) {
    if (!node.input(1).isEmpty()) {
      return constants.integers(node, node.input(1));
    }
    List<Long> axes = node.integers("axes");
    return axes == null ? null : axes.stream().mapToLong(Long::longValue).toArray();
  }

  /** Sizes for messages. */
  static String text(long[] sizes) {
    return Arrays.stream(sizes)
        .mapToObj(size -> size == FIRST ? "first size" : size == SECOND ? "second size" : "" + size)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
