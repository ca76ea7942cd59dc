package org.shallownet.backend.layered;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;

/**
 * How many bytes {@link LayeredTrainingEngine} takes for a plan, beside what its backend has for
 * itself: a function of numbers alone, known before anything is allocated.
 *
 * @param samples those to train on, if they are resident
 * @param models parameters, gradients and what optimizers remember
 * @param activations of a chunk, with the derivatives by them
 * @param batch the samples of a mini-batch's chunk, sums of weights, and copies of what models see
 * @param stream where samples arrive, if they are streamed
 */
public record TrainingMemory(long samples, long models, long activations, long batch, long stream) {
  /** Parts of groups begin at multiples of at most this many floats. */
  private static final int ALIGNED_FLOATS = 64;

  /**
   * What a plan takes with the chunks that suit the backend. Where models have rows or inputs of
   * their own, these are copied, and each sort of models has an engine of its own.
   */
  public static TrainingMemory of(Backend backend, TrainingPlan plan) {
    if (plan.trainsOnAll()) {
      return of(backend, plan, Long.MAX_VALUE);
    }
    long models = 0;
    long activations = 0;
    long batch = 0;
    long stream = 0;
    for (TrainingPlan part : OwnSamplesEngine.plansOfSorts(plan)) {
      TrainingMemory own = of(backend, part, Long.MAX_VALUE);
      models += own.models;
      activations += own.activations;
      batch += own.batch + own.samples;
      stream += own.stream;
    }
    batch += heldBackBytes(plan);
    return new TrainingMemory(bytesOf(plan.samples()), models, activations, batch, stream);
  }

  /** The copies of the rows that judge models, one for those that see the same. */
  private static long heldBackBytes(TrainingPlan plan) {
    Samples samples = plan.samples();
    Set<Object> copied = new HashSet<>();
    long bytes = 0;
    for (ModelPlan model : plan.models()) {
      SampleRows rows = model.samples().devRows();
      int inputs = model.spec().inputs();
      if (copied.add(List.of(rows, model.samples().inputsFrom(), inputs))) {
        long row = Float.BYTES * ((long) inputs + samples.targetColumns());
        bytes += rows.count(samples.rows()) * row;
      }
    }
    return bytes;
  }

  /**
   * What a plan takes.
   *
   * @param limit how many samples are worked on at a time at most
   */
  static TrainingMemory of(Backend backend, TrainingPlan plan, long limit) {
    Samples samples = plan.samples();
    long largest = ChunkRows.largest(backend, plan, limit);
    long models = 0;
    long activations = 0;
    for (ModelPlan model : plan.models()) {
      models += parameterFloats(model.spec()) * (2 + OptimizerSteps.copies(model));
      if (model.hasFrontScale()) {
        models += parameterFloats(model.spec()) + FrontScale.floats(model);
      }
    }
    for (List<Integer> alike : plan.modelsOfEqualSizes()) {
      NetworkSpec sizes = plan.models().get(alike.get(0)).spec();
      long room = ChunkRows.room(backend, plan, sizes, alike.size(), limit);
      boolean dropping =
          alike.stream().anyMatch(model -> plan.models().get(model).refinements().dropout() > 0);
      int deltaLayers = LayeredWorkspace.deltaLayers(backend, plan, alike);
      for (int l = 1; l <= sizes.layerCount(); l++) {
        // The derivative by the logits takes their place.
        int copies = 1 + (l <= deltaLayers ? 1 : 0) + (dropping && l < sizes.layerCount() ? 1 : 0);
        activations += room * sizes.units(l) * copies;
      }
    }
    long row = (long) samples.featureColumns() + samples.targetColumns();
    long gathered = plan.fullBatch() ? 0 : Math.min(largest, plan.batchRows()) * row;
    long batch = gathered + SampleWeightSums.floats(plan);
    return new TrainingMemory(
        bytesOf(samples),
        Float.BYTES * models,
        Float.BYTES * activations,
        Float.BYTES * batch,
        SampleStream.bytes(largest, samples.featureColumns(), samples.targetColumns()));
  }

  private static long parameterFloats(NetworkSpec spec) {
    long floats = 0;
    for (int l = 1; l <= spec.layerCount(); l++) {
      floats += aligned((long) spec.units(l) * spec.units(l - 1)) + aligned(spec.units(l));
    }
    return floats;
  }

  private static long aligned(long floats) {
    return (floats + ALIGNED_FLOATS - 1) / ALIGNED_FLOATS * ALIGNED_FLOATS;
  }

  /** How many bytes samples take if they are resident. */
  public static long bytesOf(Samples samples) {
    long row = Float.BYTES * ((long) samples.featureColumns() + samples.targetColumns());
    return samples.rows() <= Long.MAX_VALUE / row ? samples.rows() * row : Long.MAX_VALUE;
  }

  /** All but the samples, with enough for those to be streamed. */
  public long work() {
    return models + activations + batch + stream;
  }
}
