package org.shallownet.backend.layered;

import java.util.List;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnEngines;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.SampleViews;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;

/**
 * How many bytes engines take for a plan, beside what their backend has for itself: a function of
 * numbers alone, known before anything is allocated.
 *
 * @param samples those to train on, if they are resident
 * @param models parameters, gradients and what optimizers remember, and all that {@linkplain
 *     OwnEngines engines of the backend's own} need of their models
 * @param activations of a chunk, with the derivatives by them
 * @param batch the samples of a mini-batch's chunk, sums of weights, and copies of what models see
 * @param stream where samples arrive, if they are streamed
 * @param passes what {@linkplain Backend#passBytes passes} need
 */
public record TrainingMemory(
    long samples, long models, long activations, long batch, long stream, long passes) {
  /** Parts of groups begin at multiples of at most this many floats. */
  private static final int ALIGNED_FLOATS = 64;

  /**
   * What a plan takes with the chunks that suit the backend, by the engines that train it with its
   * samples on the device. Where models have rows or inputs of their own, each engine copies these,
   * and each sort of models that is trained layer by layer has an engine of its own.
   */
  public static TrainingMemory of(Backend backend, TrainingPlan plan) {
    OwnEngines engines = backend.ownEngines(plan);
    TrainingPlan left = engines.layered();
    List<TrainingPlan> parts = left == null ? List.of() : OwnSamplesEngine.parts(left);
    long copies = parts.stream().mapToLong(SampleViews::bytes).sum();
    if (engines.own() != null) {
      copies += SampleViews.bytes(engines.own());
    }
    return of(backend, plan, engines.bytes(), copies, parts);
  }

  /** What a plan takes with its samples streamed: all layer by layer, and without copies. */
  public static TrainingMemory streamed(Backend backend, TrainingPlan plan) {
    return of(backend, plan, 0, 0, OwnSamplesEngine.parts(plan));
  }

  private static TrainingMemory of(
      Backend backend, TrainingPlan plan, long ofOwn, long copies, List<TrainingPlan> parts) {
    List<TrainingPlan> layered = parts.stream().map(OwnSamplesEngine::planOfSeen).toList();
    long models = ofOwn;
    long activations = 0;
    long batch = copies;
    long stream = 0;
    for (TrainingPlan part : layered) {
      TrainingMemory memory = of(backend, part, Long.MAX_VALUE);
      models += memory.models;
      activations += memory.activations;
      batch += memory.batch;
      stream += memory.stream;
    }
    long passes = backend.passBytes(layered);
    return new TrainingMemory(bytesOf(plan.samples()), models, activations, batch, stream, passes);
  }

  /**
   * What the layered engine takes for a plan, beside what its passes have.
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
        SampleStream.bytes(largest, samples.featureColumns(), samples.targetColumns()),
        0);
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

  /** All but the samples, with room for layered engines to stream what they see of them. */
  public long work() {
    return models + activations + batch + stream + passes;
  }
}
