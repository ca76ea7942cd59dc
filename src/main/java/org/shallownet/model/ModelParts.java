package org.shallownet.model;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Schema;
import org.shallownet.data.Task;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.data.preprocessing.Standardizer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/** Whether the parts of a model fit together. */
final class ModelParts {
  private ModelParts() {}

  /**
   * Checks parts, which mean what they mean in {@link Model}.
   *
   * @throws IllegalArgumentException if two of them don't fit together
   */
  static void check(
      List<Weights> parts,
      Task task,
      Preprocessing preprocessing,
      List<String> targetNames,
      List<String> classes,
      @Nullable TargetScale targetScale) {
    NetworkSpec first = parts.get(0).spec();
    for (Weights part : parts) {
      checkInputs(part.spec().inputs(), preprocessing);
      checkOutputs(part.spec(), task);
      if (part.spec().output() != first.output() || part.spec().outputs() != first.outputs()) {
        throw new IllegalArgumentException("an ensemble's networks have the same output");
      }
    }
    int classCount = classCount(first);
    if (!classes.isEmpty() && classes.size() != classCount) {
      throw new IllegalArgumentException(
          classes.size() + " classes for a network with " + classCount);
    }
    if (targetScale != null && task != Task.REGRESSION) {
      throw new IllegalArgumentException("classes have no scale");
    }
    if (targetScale != null && targetScale.targets() != first.outputs()) {
      throw new IllegalArgumentException(
          "scales of "
              + targetScale.targets()
              + " targets for a network with "
              + first.outputs()
              + " outputs");
    }
    boolean single = task == Task.BINARY || task == Task.MULTICLASS;
    int targets = single ? 1 : first.outputs();
    if (!targetNames.isEmpty() && targetNames.size() != targets) {
      throw new IllegalArgumentException(targetNames.size() + " names for " + targets + " targets");
    }
  }

  private static void checkInputs(int inputs, Preprocessing preprocessing) {
    Schema schema = preprocessing.schema();
    boolean foreign = schema.columns().isEmpty();
    if (!foreign && inputs != schema.inputs() && inputs != preprocessing.inputs()) {
      throw new IllegalArgumentException(
          "columns that become "
              + preprocessing.inputs()
              + " inputs, but a network with "
              + inputs
              + " inputs");
    }
    Standardizer standardizer = preprocessing.standardizer();
    if (foreign && standardizer != null && standardizer.columns() != inputs) {
      throw new IllegalArgumentException(
          "a standardizer of "
              + standardizer.columns()
              + " columns for a network with "
              + inputs
              + " inputs");
    }
  }

  private static void checkOutputs(NetworkSpec spec, Task task) {
    boolean fits =
        switch (spec.output()) {
          case SIGMOID_CROSS_ENTROPY ->
              task == Task.MULTILABEL || (task == Task.BINARY && spec.outputs() == 1);
          case SOFTMAX_CROSS_ENTROPY ->
              task == Task.MULTICLASS || (task == Task.BINARY && spec.outputs() == 2);
          case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON -> task == Task.REGRESSION;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          "a " + spec.output() + " output of " + spec.outputs() + " units is not " + task);
    }
  }

  /** How many classes the outputs tell apart; 0 for regression. */
  static int classCount(NetworkSpec spec) {
    return switch (spec.output()) {
      case SIGMOID_CROSS_ENTROPY -> 2 * spec.outputs();
      case SOFTMAX_CROSS_ENTROPY -> spec.outputs();
      case IDENTITY_SQUARED_ERROR, EXPONENTIAL_POISSON -> 0;
    };
  }
}
