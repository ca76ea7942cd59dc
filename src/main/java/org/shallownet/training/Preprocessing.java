package org.shallownet.training;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.data.Standardizer;
import org.shallownet.data.Target;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;

/**
 * What samples go through before a network sees them.
 *
 * @param standardizer of the features; null to take them as they are
 * @param targetScale of numeric targets; null to take them as they are
 */
record Preprocessing(@Nullable Standardizer standardizer, @Nullable TargetScale targetScale) {
  /**
   * Finds the scales of a data set.
   *
   * @param standardize whether anything is to be scaled at all
   * @param warn hears of columns that are not as they should be
   */
  static Preprocessing fit(Dataset train, boolean standardize, Consumer<String> warn) {
    if (!standardize) {
      return new Preprocessing(null, null);
    }
    return new Preprocessing(
        Standardizer.fit(train.features(), train.featureNames(), warn),
        train.target() instanceof Target.Numbers numbers ? TargetScale.of(numbers) : null);
  }

  /** What a model was trained with. */
  static Preprocessing of(Model model) {
    return new Preprocessing(model.standardizer(), model.targetScale());
  }
}
