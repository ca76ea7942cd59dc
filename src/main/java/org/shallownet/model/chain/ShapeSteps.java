package org.shallownet.model.chain;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.model.chain.Affine.Samples;
import org.shallownet.model.chain.ChainValue.Open;
import org.shallownet.model.onnx.OnnxNode;

/** The steps of a chain that change shapes: accepted where the table stays what it is. */
final class ShapeSteps {
  private static final Set<String> OPERATORS = Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze");

  private final DenseStack stack;
  private final TableSizes sizes;

  /**
   * Steps of a chain.
   *
   * @param sizes the sizes that reshapes may go to
   */
  ShapeSteps(DenseStack stack, TableSizes sizes) {
    this.stack = stack;
    this.sizes = sizes;
  }

  /** Whether a node is such a step. */
  static boolean knows(OnnxNode node) {
    return OPERATORS.contains(node.operator());
  }

  /** Takes a step and returns its result. */
  ChainValue step(OnnxNode node, ChainValue value) {
    switch (node.operator()) {
      case "Reshape" -> {
        value.requireTable(node);
        long[] to = sizes.read(node, node.input(1));
        if (to.length == 1 && isSingle() && (to[0] == -1 || isBatch(to[0]))) {
          return value.with(new Open(node, stack.samples() == Samples.COLUMNS ? 0 : 1));
        }
        reshape(node, to, node.integer("allowzero", 0) != 0);
        return value;
      }
      case "Flatten" -> {
        value.requireTable(node);
        flatten(node, node.integer("axis", 1));
        return value;
      }
      case "Squeeze" -> {
        return value.with(squeeze(node, value, sizes.axes(node)));
      }
      default -> {
        return value.with(unsqueeze(node, value, sizes.axes(node)));
      }
    }
  }

  /** Checks that the network's result still holds a row per sample. */
  static void requireResult(ChainValue value) {
    Open open = value.open();
    if (open != null && open.node().operator().equals("Unsqueeze")) {
      throw open.node().refused("adds a dimension to the result; export the network without it");
    }
  }

  /** A reshape to these sizes: {@code -1} is whatever is left, 0 as it was. */
  private void reshape(OnnxNode node, long[] sizes, boolean zeroMeansEmpty) {
    DataException refusal =
        node.refused(
            "reshapes to "
                + TableSizes.text(sizes)
                + ", which may not leave the table as it is; export the network without it");
    if (sizes.length != 2) {
      throw refusal;
    }
    long rows = sizes[0];
    long columns = sizes[1];
    boolean sameRows = (rows == 0 && !zeroMeansEmpty) || isBatch(rows);
    boolean sameColumns =
        (columns == 0 && !zeroMeansEmpty) || (columns == TableSizes.SECOND && stack.isEmpty());
    if ((sameRows && (columns == -1 || sameColumns)) || (rows == -1 && sameColumns)) {
      return;
    }
    if (!(sameRows || rows == -1) || columns < 1 || columns > Integer.MAX_VALUE) {
      throw refusal;
    }
    stack.require(node, Samples.ROWS, (int) columns, "reshapes to " + Arrays.toString(sizes));
  }

  /** Whether this is the number of samples, which the file may fix. */
  private boolean isBatch(long rows) {
    return stack.samples() != Samples.COLUMNS
        && (rows == TableSizes.FIRST || (rows > 0 && stack.inputSize(0) == rows));
  }

  /** Whether a row has one number, which the network computed. */
  private boolean isSingle() {
    Integer width = stack.width();
    return !stack.isEmpty() && width != null && width == 1;
  }

  private void flatten(OnnxNode node, long from) {
    stack.inputSize(0); // an input of more dimensions would change
    if (from != 1 && from != -1) {
      throw node.refused("has axis " + from + "; only 1 leaves a table as it is");
    }
  }

  private @Nullable Open unsqueeze(OnnxNode node, ChainValue value, long @Nullable [] axes) {
    if (axes == null || axes.length != 1) {
      throw node.refused("adds other than one dimension; export the network without it");
    }
    Open open = value.open();
    boolean restores = open != null && !open.node().operator().equals("Unsqueeze");
    long added = axes[0] < 0 ? axes[0] + (restores ? 2 : 3) : axes[0];
    if (open != null && restores && added == open.axis()) {
      return null;
    }
    value.requireTable(node);
    if (added < 0 || added > 2) {
      throw node.refused("has axis " + axes[0] + ", which a table does not have");
    }
    stack.inputSize(0);
    return new Open(node, added);
  }

  /** A squeeze of these dimensions, null for all that have size 1. */
  private @Nullable Open squeeze(OnnxNode node, ChainValue value, long @Nullable [] axes) {
    Open open = value.open();
    if (open != null
        && open.node().operator().equals("Unsqueeze")
        && axes != null
        && axes.length == 1) {
      long taken = axes[0] < 0 ? axes[0] + 3 : axes[0];
      if (taken == open.axis()) {
        return null;
      }
    }
    value.requireTable(node);
    // Of a table, only the dimension of a single output can go: the numbers stay the same.
    long units = stack.samples() == Samples.COLUMNS ? 0 : 1;
    boolean ofUnits =
        axes == null || (axes.length == 1 && (axes[0] == units || axes[0] == units - 2));
    if (!isSingle() || !ofUnits) {
      throw node.refused(
          "takes a dimension away that is not the one of a single output; export the network"
              + " without it");
    }
    return new Open(node, units);
  }
}
