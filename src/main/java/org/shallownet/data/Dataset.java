package org.shallownet.data;

import java.util.List;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Samples with their targets: one row per sample.
 *
 * @param featureNames the names of the features' columns, in order
 * @param features the numbers, one row per sample
 * @param targetName the name of the target's column
 * @param target what is to be predicted
 */
public record Dataset(
    List<String> featureNames, FeatureTable features, String targetName, Target target) {
  /** Checks that the parts fit together. */
  public Dataset {
    featureNames = List.copyOf(featureNames);
    if (featureNames.size() != features.columns()) {
      throw new IllegalArgumentException(
          featureNames.size() + " names for " + features.columns() + " features");
    }
    if (features.rows() != target.rows()) {
      throw new IllegalArgumentException(
          features.rows() + " rows of features but " + target.rows() + " targets");
    }
  }

  /** The number of samples. */
  public long rows() {
    return features.rows();
  }

  /** What is to be learned. */
  public Task task() {
    return target.task();
  }

  /** The samples with these numbers, in this order; the features' memory is shared. */
  public Dataset select(long[] indices) {
    return new Dataset(featureNames, features.select(indices), targetName, target.select(indices));
  }

  /** A network without hidden layers whose inputs and outputs fit this data. */
  public NetworkSpec network() {
    if (target instanceof Target.Classes classes) {
      return classes.names().size() == 2
          ? NetworkSpec.of(features.columns(), Output.SIGMOID_CROSS_ENTROPY, 1)
          : NetworkSpec.of(
              features.columns(), Output.SOFTMAX_CROSS_ENTROPY, classes.names().size());
    }
    return NetworkSpec.of(features.columns(), Output.IDENTITY_SQUARED_ERROR, 1);
  }
}
