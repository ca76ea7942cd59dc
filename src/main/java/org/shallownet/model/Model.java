package org.shallownet.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Standardizer;
import org.shallownet.data.Task;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Weights;

/**
 * A trained network with everything needed to use it on raw features.
 *
 * @param weights the network and its parameters
 * @param task what it predicts
 * @param featureNames the columns that it reads, in order; empty for a model from another tool,
 *     which takes columns by position
 * @param targetName the column that it learned; empty for a model from another tool
 * @param classes the classes' names in the order of the outputs (two for a single sigmoid output);
 *     empty for regression and for a model from another tool
 * @param standardizer what is done to features first; null for nothing
 * @param targetScale how a regression output is turned back to the target's units; null for not at
 *     all
 * @param provenance how it came about (settings, seed, data fingerprint, versions, device), in a
 *     fixed order
 */
public record Model(
    Weights weights,
    Task task,
    List<String> featureNames,
    String targetName,
    List<String> classes,
    @Nullable Standardizer standardizer,
    @Nullable TargetScale targetScale,
    Map<String, String> provenance) {
  /** Checks that the parts fit together. */
  public Model {
    featureNames = List.copyOf(featureNames);
    classes = List.copyOf(classes);
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    int inputs = weights.spec().inputs();
    if (!featureNames.isEmpty() && featureNames.size() != inputs) {
      throw new IllegalArgumentException(
          featureNames.size() + " feature names for a network with " + inputs + " inputs");
    }
    if (standardizer != null && standardizer.columns() != inputs) {
      throw new IllegalArgumentException(
          "a standardizer of "
              + standardizer.columns()
              + " columns for a network with "
              + inputs
              + " inputs");
    }
  }

  /** The network's shape. */
  public NetworkSpec spec() {
    return weights.spec();
  }

  /** Whether it was made by another tool and knows neither columns nor classes by name. */
  public boolean isForeign() {
    return featureNames.isEmpty();
  }
}
