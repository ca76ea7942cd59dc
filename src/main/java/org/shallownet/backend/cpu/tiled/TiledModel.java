package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.ArrayRange;
import org.shallownet.backend.cpu.primitives.Updates;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;

/** One network of a {@link TiledTrainingEngine}: parameters, optimiser state, running cost. */
final class TiledModel {
  private final TrainingPlan training;
  private final ModelPlan plan;
  private final TileLayout layout;
  private final TileDesign design;

  /** All parameters, in the order of the layout. */
  final float[] theta;

  private final ArrayRange parameters;
  private final float[] gradient;
  private final ArrayRange gradients;
  private final @Nullable ArrayRange decay;

  /** How a batch is cut into chunks, and the last one of an epoch. */
  private final TileDesign.Chunks wholeBatch;

  private final TileDesign.Chunks lastBatch;
  private final int judgedStretch;

  /** What the optimizer remembers, two values for each parameter, one or none. */
  private final List<float[]> moments;

  private final ArrayRange moment1;
  private final ArrayRange moment2;
  private long steps;
  private boolean retired;

  private long samples;
  private double weight;
  private double lossSum;
  private double penaltySum;
  private double hits;

  /** Of the samples of the batch under way. */
  private double batchWeight;

  /** A model of a training plan in its first state. */
  TiledModel(TrainingPlan training, ModelPlan plan, TileLayout layout, TileDesign design) {
    this.training = training;
    this.plan = plan;
    this.layout = layout;
    this.design = design;
    theta = layout.pack(plan.initial());
    parameters = new ArrayRange(theta, 0);
    gradient = new float[theta.length];
    gradients = new ArrayRange(gradient, 0);
    decay = plan.l2() > 0 ? new ArrayRange(layout.decay((float) plan.l2()), 0) : null;
    List<float[]> remembered = new ArrayList<>();
    for (int i = 0; i < ModelState.moments(plan.optimizer()); i++) {
      remembered.add(new float[theta.length]);
    }
    moments = List.copyOf(remembered);
    moment1 = new ArrayRange(moments.isEmpty() ? new float[0] : moments.get(0), 0);
    moment2 = new ArrayRange(moments.size() < 2 ? new float[0] : moments.get(1), 0);
    boolean shuffled = !training.fullBatch();
    long last = training.samples().rows() - (training.stepsPerEpoch() - 1) * training.batchRows();
    wholeBatch = design.chunks(plan.spec(), training.batchRows(), shuffled);
    lastBatch = design.chunks(plan.spec(), last, shuffled);
    judgedStretch = design.judgedStretch(plan.spec());
  }

  ModelPlan plan() {
    return plan;
  }

  TileLayout layout() {
    return layout;
  }

  TileDesign design() {
    return design;
  }

  /** How many steps were taken. */
  long steps() {
    return steps;
  }

  boolean isRetired() {
    return retired;
  }

  void retire() {
    retired = true;
  }

  /** Where in the epoch its next batch begins. */
  long batchStart() {
    return steps % training.stepsPerEpoch() * training.batchRows();
  }

  /** How its next batch is cut. */
  TileDesign.Chunks chunks() {
    boolean last = steps % training.stepsPerEpoch() == training.stepsPerEpoch() - 1;
    return last ? lastBatch : wholeBatch;
  }

  /** Samples that a thread judges in one go. */
  int judgedStretch() {
    return judgedStretch;
  }

  /** The order of its mini-batches. */
  BatchOrder order() {
    return new BatchOrder(training.samples().rows(), plan.seed());
  }

  /** Takes up the sums of a step's next chunk; the first replaces what was there. */
  void add(TilePass.Sums sums, boolean first) {
    if (first) {
      System.arraycopy(sums.gradient(), 0, gradient, 0, gradient.length);
      batchWeight = 0;
    } else {
      add(gradient, sums.gradient());
    }
    batchWeight += sums.weight();
    lossSum += sums.cost();
    hits += sums.hits();
  }

  private static void add(float[] to, float[] values) {
    for (int i = 0; i < to.length; i++) {
      to[i] += values[i];
    }
  }

  /** Takes a step down the gradient that was summed over the batch. */
  void update() {
    long rows = chunks().samples();
    if (plan.l2() > 0) {
      // A batch's cost counts once for each of its samples.
      penaltySum += plan.l2() / 2 * rows * layout.squares(theta);
    }
    if (!training.samples().weighted()) {
      scale(gradient, (float) (1.0 / rows));
    } else if (batchWeight != 0) {
      // The reciprocal of a small weight may be more than a float holds.
      Updates.divide(gradient.length, gradients, (float) batchWeight);
    }
    samples += rows;
    weight += batchWeight;
    steps++;
    int count = theta.length;
    Optimizer optimizer = plan.optimizer();
    float rate = (float) optimizer.learningRate();
    if (optimizer instanceof Optimizer.Adam adam) {
      Updates.adam(count, gradients, decay, moment1, moment2, adam, steps, parameters);
    } else if (optimizer instanceof Optimizer.Momentum momentum) {
      float keep = (float) momentum.momentum();
      Updates.momentum(count, gradients, decay, moment1, rate, keep, parameters);
    } else {
      Updates.gradientDescent(count, gradients, decay, rate, parameters);
    }
  }

  private static void scale(float[] values, float factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  Progress progress() {
    return new Progress(samples, weight, lossSum, penaltySum, hits);
  }

  void clearProgress() {
    samples = 0;
    weight = 0;
    lossSum = 0;
    penaltySum = 0;
    hits = 0;
  }

  Weights weights() {
    return layout.unpack(theta);
  }

  ModelState state() {
    return ModelState.of(
        weights(), moments.stream().map(layout::unpack).toList(), steps, progress().sums());
  }

  /** Goes on from a state that fits the plan. */
  void resume(ModelState state) {
    copy(layout.pack(state.weights(plan.spec())), theta);
    List<Weights> remembered = state.moments(plan.spec());
    for (int i = 0; i < remembered.size(); i++) {
      copy(layout.pack(remembered.get(i)), moments.get(i));
    }
    steps = state.steps();
    ModelState.Sums sums = state.sums();
    samples = sums.samples();
    weight = sums.weight();
    lossSum = sums.lossSum();
    penaltySum = sums.penaltySum();
    hits = sums.hits();
  }

  private static void copy(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, to.length);
  }
}
