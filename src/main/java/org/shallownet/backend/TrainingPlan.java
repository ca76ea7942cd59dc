package org.shallownet.backend;

import java.util.List;

/**
 * What a training engine is to do: train a list of networks on the same samples.
 *
 * @param features one row per sample, already preprocessed
 * @param targets as the networks' output says, one row per sample
 * @param batchRows how many samples make a step; the number of samples for full-batch training. The
 *     last batch of an epoch may be smaller.
 * @param models the networks; a single one is a list of one
 */
public record TrainingPlan(
    Matrix features, Matrix targets, long batchRows, List<ModelPlan> models) {
  /** Checks that everything fits together. */
  public TrainingPlan {
    models = List.copyOf(models);
    if (models.isEmpty()) {
      throw new IllegalArgumentException("a plan needs at least one model");
    }
    if (targets.rows() != features.rows()) {
      throw new IllegalArgumentException(
          "features are " + features.shape() + " but targets " + targets.shape());
    }
    if (batchRows < 1 || batchRows > features.rows()) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + features.rows() + " samples, not " + batchRows);
    }
    for (ModelPlan model : models) {
      int columns = model.spec().output().targetColumns(model.spec().outputs());
      if (model.spec().inputs() != features.columns() || columns != targets.columns()) {
        throw new IllegalArgumentException(
            "a "
                + model.spec().sizes()
                + " network with "
                + model.spec().output()
                + " output does not fit features of "
                + features.shape()
                + " and targets of "
                + targets.shape());
      }
    }
  }

  /** Whether every step uses all samples. */
  public boolean fullBatch() {
    return batchRows == features.rows();
  }

  /** How many steps make one epoch. */
  public long stepsPerEpoch() {
    return (features.rows() + batchRows - 1) / batchRows;
  }
}
