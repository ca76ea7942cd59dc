package org.shallownet.model.chain;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.chain.UnitFunction.Operand;
import org.shallownet.model.chain.UnitFunction.Step;
import org.shallownet.model.onnx.OnnxNode;

/** The operations between one dense layer and the next while a chain is being read. */
final class UnitSteps {
  private final List<Step> steps = new ArrayList<>();

  /** Adds an operation and returns its result. */
  Operand add(
      OnnxNode node,
      UnitOperator operator,
      Operand left,
      @Nullable Operand right,
      double p,
      double q) {
    if (steps.size() == UnitFunction.MOST_STEPS) {
      throw node.refused(
          "is one of more than "
              + UnitFunction.MOST_STEPS
              + " operations between two dense layers; export a smaller network");
    }
    steps.add(new Step(operator, left, right, p, q, node.operator()));
    return new Operand(steps.size(), Affine.UNCHANGED);
  }

  /** The operation that gives a value, before its affine step. */
  Step step(Operand value) {
    return steps.get(value.value() - 1);
  }

  /** All that it takes to compute a value. */
  UnitFunction function(Operand result) {
    boolean[] needed = new boolean[steps.size() + 1];
    needed[result.value()] = true;
    for (int s = steps.size(); s > 0; s--) {
      if (needed[s]) {
        Step step = steps.get(s - 1);
        needed[step.left().value()] = true;
        Operand right = step.right();
        if (right != null) {
          needed[right.value()] = true;
        }
      }
    }
    int[] numbers = new int[needed.length];
    List<Step> kept = new ArrayList<>();
    for (int s = 1; s < needed.length; s++) {
      if (needed[s]) {
        Step step = steps.get(s - 1);
        Operand right = step.right();
        kept.add(
            new Step(
                step.operator(),
                renumbered(step.left(), numbers),
                right == null ? null : renumbered(right, numbers),
                step.p(),
                step.q(),
                step.by()));
        numbers[s] = kept.size();
      }
    }
    return new UnitFunction(kept, renumbered(result, numbers));
  }

  private static Operand renumbered(Operand operand, int[] numbers) {
    return new Operand(numbers[operand.value()], operand.affine());
  }
}
