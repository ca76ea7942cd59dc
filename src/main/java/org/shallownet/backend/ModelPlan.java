package org.shallownet.backend;

import java.util.Objects;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;
import org.shallownet.network.Weights;

/**
 * One network of a {@link TrainingPlan}.
 *
 * @param initial where it starts
 * @param optimizer how it learns
 * @param l2 λ: the cost grows by {@code λ/2 Σ w²} over all weights but not the biases; 0 for none
 * @param seed decides, with the epoch, the order of the samples in mini-batches
 * @param samples what it sees of the plan's samples
 * @param frontRate 0 for none; otherwise the model has a front scale (Holzmüller et al., "Better by
 *     default", 2024): each input j is multiplied by a factor s<sub>j</sub>, 1 at the start, which
 *     is learned like a weight without L2, but with the learning rate times this number. The
 *     model's weights to the outside are those with the factors in them, {@code s_j W[1][h,j]}; L2
 *     is on those without.
 * @param refinements what is added to the optimizer's plain steps
 * @param engine the {@linkplain TrainingEngine#name(int) name} of the engine that it began with, if
 *     it is resumed; empty to have one chosen. A backend keeps to it where it can, so that bits
 *     stay as they were.
 */
public record ModelPlan(
    Weights initial,
    Optimizer optimizer,
    double l2,
    long seed,
    ModelSamples samples,
    double frontRate,
    Refinements refinements,
    String engine) {
  /** Checks λ and the front scale's rate. */
  public ModelPlan {
    Objects.requireNonNull(initial, "initial");
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(samples, "samples");
    Objects.requireNonNull(refinements, "refinements");
    Objects.requireNonNull(engine, "engine");
    if (!refinements.loss().suits(initial.spec().output())) {
      throw new IllegalArgumentException(
          "the loss " + refinements.loss() + " is none for " + initial.spec().output() + " output");
    }
    if (!(l2 >= 0) || !Float.isFinite((float) l2)) {
      throw new IllegalArgumentException(
          "the strength of L2 must be 0 or a positive number that fits float32, not " + l2);
    }
    if (!(frontRate >= 0) || !Float.isFinite((float) (frontRate * optimizer.learningRate()))) {
      throw new IllegalArgumentException(
          "the front scale's rate must be 0 or a positive number, not " + frontRate);
    }
  }

  /** A network whose optimizer takes plain steps. */
  public ModelPlan(
      Weights initial,
      Optimizer optimizer,
      double l2,
      long seed,
      ModelSamples samples,
      double frontRate) {
    this(initial, optimizer, l2, seed, samples, frontRate, Refinements.NONE, "");
  }

  /** A network that sees all of every sample, without a front scale. */
  public ModelPlan(Weights initial, Optimizer optimizer, double l2, long seed) {
    this(initial, optimizer, l2, seed, ModelSamples.ALL, 0);
  }

  /** The same network with other refinements. */
  public ModelPlan withRefinements(Refinements others) {
    return new ModelPlan(initial, optimizer, l2, seed, samples, frontRate, others, engine);
  }

  /** The same network, gone on with from a state of this engine's; empty for a new one. */
  public ModelPlan resumedFrom(String name) {
    return new ModelPlan(initial, optimizer, l2, seed, samples, frontRate, refinements, name);
  }

  /** Whether its inputs have learned factors. */
  public boolean hasFrontScale() {
    return frontRate > 0;
  }

  /** How the front scale learns. */
  public Optimizer frontOptimizer() {
    return optimizer.withLearningRate(optimizer.learningRate() * frontRate);
  }

  /** The same network on samples of which it sees everything. */
  ModelPlan onAllSamples() {
    return new ModelPlan(
        initial, optimizer, l2, seed, ModelSamples.ALL, frontRate, refinements, engine);
  }

  /** The network's shape. */
  public NetworkSpec spec() {
    return initial.spec();
  }
}
