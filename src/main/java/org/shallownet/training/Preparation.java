package org.shallownet.training;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;

/**
 * What samples go through before a network sees them.
 *
 * @param inputs what makes inputs of the features
 * @param targetScale of numeric targets; null to take them as they are
 */
public record Preparation(Preprocessing inputs, @Nullable TargetScale targetScale) {
  /**
   * Finds the scales of a data set. Weights have no say in them.
   *
   * @param output that of the networks
   * @param standardize whether anything is to be scaled at all
   * @param warn hears of columns that are not as they should be
   */
  public static Preparation fit(
      Dataset train, Output output, boolean standardize, Consumer<String> warn) {
    Preprocessing inputs = Preprocessing.fit(train, standardize, warn);
    return new Preparation(inputs, standardize ? TargetScale.of(train.target(), output) : null);
  }

  /** What a model was trained with; of a model from another tool the data's columns are inputs. */
  static Preparation of(Model model, Dataset data) {
    if (model.isEnsemble()) {
      throw new IllegalArgumentException("an ensemble can be evaluated but not trained");
    }
    if (!model.functions().isEmpty()) {
      throw new IllegalArgumentException(
          "a network from another tool with "
              + model.functions().values().iterator().next().operators()
              + " can be evaluated but not trained: use hidden layers of "
              + Arrays.toString(Activation.values()));
    }
    Preprocessing inputs =
        model.isForeign()
            ? Preprocessing.ofNumbers(data.featureNames(), model.standardizer())
            : model.preprocessing();
    return new Preparation(inputs, model.targetScale());
  }
}
