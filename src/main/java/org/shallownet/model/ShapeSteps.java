package org.shallownet.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.model.Affine.Samples;
import org.shallownet.model.onnx.OnnxNode;

/** The steps of a chain that change shapes: accepted where the table stays what it is. */
final class ShapeSteps {
  private final DenseStack stack;

  /** The node that added or took a dimension which its counterpart has not restored yet. */
  private @Nullable OnnxNode open;

  /** The dimension that {@link #open} added or took. */
  private long axis;

  ShapeSteps(DenseStack stack) {
    this.stack = stack;
  }

  /** Checks that a node which needs a table gets one. */
  void requireTable(OnnxNode node) {
    if (open != null) {
      throw node.refused(
          "works on the result of "
              + open.label()
              + ", which is no table; export the network"
              + " without that step");
    }
  }

  /** Checks that the network's result still holds a row per sample. */
  void requireResult() {
    if (open != null && open.operator().equals("Unsqueeze")) {
      throw open.refused("adds a dimension to the result; export the network without it");
    }
  }

  /** A reshape to these sizes: {@code -1} is whatever is left, 0 as it was. */
  void reshape(OnnxNode node, long[] sizes, boolean zeroMeansEmpty) {
    requireTable(node);
    DataException refusal =
        node.refused(
            "reshapes to "
                + Arrays.toString(sizes)
                + ", which may not leave the table as it is; export the network without it");
    if (sizes.length != 2) {
      throw refusal;
    }
    long rows = sizes[0];
    long columns = sizes[1];
    boolean sameRows = (rows == 0 && !zeroMeansEmpty) || isFixedBatch(rows);
    boolean sameColumns = columns == 0 && !zeroMeansEmpty;
    if ((sameRows && (columns == -1 || sameColumns)) || (rows == -1 && sameColumns)) {
      return;
    }
    if (!(sameRows || rows == -1) || columns < 1 || columns > Integer.MAX_VALUE) {
      throw refusal;
    }
    stack.require(node, Samples.ROWS, (int) columns, "reshapes to " + Arrays.toString(sizes));
  }

  /** Whether the file fixes the number of samples and this is it. */
  private boolean isFixedBatch(long rows) {
    return rows > 0 && stack.samples() != Samples.COLUMNS && stack.inputSize(0) == rows;
  }

  void flatten(OnnxNode node, long from) {
    requireTable(node);
    stack.inputSize(0); // an input of more dimensions would change
    if (from != 1 && from != -1) {
      throw node.refused("has axis " + from + "; only 1 leaves a table as it is");
    }
  }

  void unsqueeze(OnnxNode node, long @Nullable [] axes) {
    if (axes == null || axes.length != 1) {
      throw node.refused("adds other than one dimension; export the network without it");
    }
    boolean restores = open != null && open.operator().equals("Squeeze");
    long added = axes[0] < 0 ? axes[0] + (restores ? 2 : 3) : axes[0];
    if (restores && added == axis) {
      open = null;
      return;
    }
    requireTable(node);
    if (added < 0 || added > 2) {
      throw node.refused("has axis " + axes[0] + ", which a table does not have");
    }
    stack.inputSize(0);
    open = node;
    axis = added;
  }

  /** A squeeze of these dimensions, null for all that have size 1. */
  void squeeze(OnnxNode node, long @Nullable [] axes) {
    boolean restores = open != null && open.operator().equals("Unsqueeze");
    if (restores && axes != null && axes.length == 1) {
      long taken = axes[0] < 0 ? axes[0] + 3 : axes[0];
      if (taken == axis) {
        open = null;
        return;
      }
    }
    requireTable(node);
    Integer width = stack.width();
    // Of a table, only the dimension of a single output can go: the numbers stay the same.
    long units = stack.samples() == Samples.COLUMNS ? 0 : 1;
    boolean single = !stack.isEmpty() && width != null && width == 1;
    boolean ofUnits =
        axes == null || (axes.length == 1 && (axes[0] == units || axes[0] == units - 2));
    if (!single || !ofUnits) {
      throw node.refused(
          "takes a dimension away that is not the one of a single output; export the network"
              + " without it");
    }
    open = node;
    axis = units;
  }
}
