package org.shallownet.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.device.Matrix;

/**
 * What a training engine is to do: train a list of networks on the same samples, or each on rows
 * and inputs of its own among them.
 *
 * <p>The cost of a batch is the mean over its samples, plus L2. Of weighted samples it is the
 * weighted mean, {@code Σ w c / Σ w} over the batch. So a sample of weight 2 is, up to rounding,
 * the sample twice. One of weight 0 reaches no bit of gradients, costs and hits, whatever finite
 * numbers it holds, but keeps its place in the batches: of full batches it is as if it were left
 * out, up to the order in which the others are added up. A batch whose weights are all 0 takes a
 * step whose gradient is 0 plus L2.
 *
 * <p>A model's epoch is once through its own rows. The plan's epoch has as many steps as that of
 * the model with the most; a model whose epoch is shorter rests until the plan's next one begins.
 *
 * @param samples what to train on
 * @param batchRows how many samples make a step; the number of samples for full-batch training. A
 *     model with fewer rows takes all of these at once. The last batch of an epoch may be smaller.
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
      model.samples().rows().checkWithin(samples.rows());
      model.samples().devRows().checkWithin(samples.rows());
      int columns = model.spec().output().targetColumns(model.spec().outputs());
      if (!fits(model, samples) || columns != targets(samples)) {
        throw new IllegalArgumentException(
            "a "
                + model.spec().sizes()
                + " network with "
                + model.spec().output()
                + " output"
                + (model.samples().firstInput() < 0
                    ? ""
                    : ", whose first input is number " + model.samples().firstInput() + ",")
                + " does not fit samples with "
                + form(samples));
      }
    }
  }

  /**
   * Checks that other samples are of the same form.
   *
   * @throws IllegalArgumentException if they have more or fewer features or targets, or only one of
   *     the two have weights
   */
  public void checkForm(String operation, Samples other) {
    if (other.featureColumns() != samples.featureColumns()
        || other.targetColumns() != samples.targetColumns()
        || other.weighted() != samples.weighted()) {
      throw new IllegalArgumentException(
          operation + ": samples with " + form(other) + " are not of the plan's form");
    }
  }

  private static boolean fits(ModelPlan model, Samples samples) {
    int inputs = model.spec().inputs();
    int first = model.samples().firstInput();
    return first == ModelSamples.ALL_INPUTS
        ? inputs == samples.featureColumns()
        : first <= samples.featureColumns() - inputs;
  }

  /** How many targets a sample has, without its weight. */
  private static int targets(Samples samples) {
    return samples.targetColumns() - (samples.weighted() ? 1 : 0);
  }

  private static String form(Samples samples) {
    String targets = samples.featureColumns() + " features and " + targets(samples) + " targets";
    return samples.weighted() ? "weights, " + targets : targets;
  }

  /** A plan for samples in a backend's memory: {@link Samples#resident}. */
  public TrainingPlan(Matrix features, Matrix targets, long batchRows, List<ModelPlan> models) {
    this(Samples.resident(features, targets), batchRows, models);
  }

  /**
   * The features of resident samples, one row per sample.
   *
   * @throws IllegalStateException if the samples are not resident
   */
  public Matrix features() {
    return residentSamples().features();
  }

  /**
   * The targets of resident samples, one row per sample.
   *
   * @throws IllegalStateException if the samples are not resident
   */
  public Matrix targets() {
    return residentSamples().targets();
  }

  /**
   * The samples in the device's memory.
   *
   * @throws IllegalStateException if they are not
   */
  public Samples.Resident residentSamples() {
    if (samples instanceof Samples.Resident resident) {
      return resident;
    }
    throw new IllegalStateException("the plan's samples are not in the device's memory");
  }

  /** The numbers of the models, those with the same layer sizes together. */
  public Collection<List<Integer>> modelsOfEqualSizes() {
    Map<String, List<Integer>> bySizes = new LinkedHashMap<>();
    for (int i = 0; i < models.size(); i++) {
      String sizes = models.get(i).spec().sizes();
      bySizes.computeIfAbsent(sizes, key -> new ArrayList<>()).add(i);
    }
    return bySizes.values();
  }

  /** What decides the order of a model's batches; of full batches there is only one. */
  public long orderSeed(ModelPlan model) {
    return fullBatch(model) ? 0 : model.seed();
  }

  /** Whether all models are trained on all of every sample. */
  public boolean trainsOnAll() {
    return models.stream().allMatch(model -> model.samples().trainsOnAll());
  }

  /** How many samples a model is trained on. */
  public long rows(ModelPlan model) {
    return model.samples().rows().count(samples.rows());
  }

  /** How many samples make a step of a model. */
  public long batchRows(ModelPlan model) {
    return Math.min(batchRows, rows(model));
  }

  /** Whether every step of a model uses all its samples. */
  public boolean fullBatch(ModelPlan model) {
    return batchRows >= rows(model);
  }

  /** How many steps make one epoch of a model, after which it rests for the others. */
  public long stepsPerEpoch(ModelPlan model) {
    return (rows(model) + batchRows - 1) / batchRows;
  }

  /** Whether every step of every model uses all its samples. */
  public boolean fullBatch() {
    return models.stream().allMatch(this::fullBatch);
  }

  /** How many steps make one epoch of the plan: as many as of the model with the most. */
  public long stepsPerEpoch() {
    return models.stream().mapToLong(this::stepsPerEpoch).max().orElseThrow();
  }

  /**
   * How many steps of its own a model has taken when the plan has taken so many.
   *
   * @param steps of the plan
   * @param planEpoch {@link #stepsPerEpoch()}
   * @param modelEpoch {@link #stepsPerEpoch(ModelPlan)}
   */
  public static long stepsTaken(long steps, long planEpoch, long modelEpoch) {
    return steps / planEpoch * modelEpoch + Math.min(steps % planEpoch, modelEpoch);
  }

  /**
   * How many steps the plan has taken when its models are in these states.
   *
   * @param states of all models, in their order
   */
  public long stepsTaken(List<ModelState> states) {
    long epoch = stepsPerEpoch();
    for (int i = 0; i < states.size(); i++) {
      if (stepsPerEpoch(models.get(i)) == epoch) {
        // Those with the most steps never rest.
        return states.get(i).steps();
      }
    }
    throw new IllegalArgumentException("there are no states of the plan's models");
  }
}
