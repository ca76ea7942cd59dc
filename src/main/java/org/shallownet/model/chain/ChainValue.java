package org.shallownet.model.chain;

import org.jspecify.annotations.Nullable;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.onnx.OnnxNode;

/**
 * A value of a chain from another tool, as what it is of the last dense layer's result or, before
 * the first one, of the input.
 *
 * @param operand the number of each unit
 * @param open the dimension that it has more or less than a table; null if it is one
 */
record ChainValue(Operand operand, @Nullable Open open) {
  /** The layer's result itself. */
  static final ChainValue PLAIN = new ChainValue(new Operand(0, Affine.UNCHANGED), null);

  /**
   * A dimension that a node added or took and that its counterpart has not restored yet.
   *
   * @param axis which it is
   */
  record Open(OnnxNode node, long axis) {}

  ChainValue with(Operand other) {
    return new ChainValue(other, open);
  }

  ChainValue with(@Nullable Open other) {
    return new ChainValue(operand, other);
  }

  /** Checks that a node which needs a table gets one. */
  void requireTable(OnnxNode node) {
    if (open != null) {
      throw node.refused(
          "works on the result of "
              + open.node().label()
              + ", which is no table; export the network"
              + " without that step");
    }
  }
}
