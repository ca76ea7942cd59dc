package org.shallownet.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.options.DevOptions;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;

/**
 * What the networks of a comparison learn from and are judged by.
 *
 * @param parts the rows to learn from; and the dev set, or with folds the rows that were held back
 *     to judge the result by
 * @param weighed the same with the weights of classes
 * @param folds of the rows to learn from, which judge; null where the dev set does
 */
record ComparedData(DevOptions.Parts parts, DevOptions.Parts weighed, @Nullable Folds folds) {
  Dataset train() {
    return parts.train();
  }

  /** The dev set where it judges, with the weights of classes. */
  Dataset weighedDev() {
    return Objects.requireNonNull(weighed.dev());
  }

  /** What the rows are called that judge. */
  String judge() {
    return folds == null ? "dev" : "folds";
  }
}
