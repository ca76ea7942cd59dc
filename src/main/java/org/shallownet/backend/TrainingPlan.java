package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a training engine is to do: train a list of networks on the same samples.
 *
 * @param samples what to train on
 * @param batchRows how many samples make a step; the number of samples for full-batch training. The
 *     last batch of an epoch may be smaller.
 * @param models the networks; a single one is a list of one
 */
public record TrainingPlan(Samples samples, long batchRows, List<ModelPlan> models) {
  /** Checks that everything fits together. */
  public TrainingPlan {
    models = List.copyOf(models);
    if (models.isEmpty()) {
      throw new IllegalArgumentException("a plan needs at least one model");
    }
    if (batchRows < 1 || batchRows > samples.rows()) {
      throw new IllegalArgumentException(
          "a batch has 1 to " + samples.rows() + " samples, not " + batchRows);
    }
    for (ModelPlan model : models) {
      int columns = model.spec().output().targetColumns(model.spec().outputs());
      if (model.spec().inputs() != samples.featureColumns() || columns != samples.targetColumns()) {
        throw new IllegalArgumentException(
            "a "
                + model.spec().sizes()
                + " network with "
                + model.spec().output()
                + " output does not fit samples with "
                + samples.featureColumns()
                + " features and "
                + samples.targetColumns()
                + " targets");
      }
    }
  }

  /**
   * Checks that other samples are of the same form.
   *
   * @throws IllegalArgumentException if they have more or fewer features or targets
   */
  void checkForm(String operation, Samples other) {
    if (other.featureColumns() != samples.featureColumns()
        || other.targetColumns() != samples.targetColumns()) {
      throw new IllegalArgumentException(
          operation
              + ": samples with "
              + other.featureColumns()
              + " features and "
              + other.targetColumns()
              + " targets are not of the plan's form");
    }
  }

  /** A plan for samples in a backend's memory: {@link Samples#resident}. */
  public TrainingPlan(Matrix features, Matrix targets, long batchRows, List<ModelPlan> models) {
    this(Samples.resident(features, targets), batchRows, models);
  }

  /**
   * The features of resident samples, one row per sample.
   *
   * @throws IllegalStateException if the samples are streamed
   */
  public Matrix features() {
    return resident().features();
  }

  /**
   * The targets of resident samples, one row per sample.
   *
   * @throws IllegalStateException if the samples are streamed
   */
  public Matrix targets() {
    return resident().targets();
  }

  private Samples.Resident resident() {
    if (samples instanceof Samples.Resident resident) {
      return resident;
    }
    throw new IllegalStateException("the plan's samples are streamed, not resident");
  }

  /** The numbers of the models, those with the same layer sizes together. */
  Collection<List<Integer>> modelsOfEqualSizes() {
    Map<String, List<Integer>> bySizes = new LinkedHashMap<>();
    for (int i = 0; i < models.size(); i++) {
      String sizes = models.get(i).spec().sizes();
      bySizes.computeIfAbsent(sizes, key -> new ArrayList<>()).add(i);
    }
    return bySizes.values();
  }

  /** Whether every step uses all samples. */
  public boolean fullBatch() {
    return batchRows == samples.rows();
  }

  /** How many steps make one epoch. */
  public long stepsPerEpoch() {
    return (samples.rows() + batchRows - 1) / batchRows;
  }
}
