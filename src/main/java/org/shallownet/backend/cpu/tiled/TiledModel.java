package org.shallownet.backend.cpu.tiled;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingEngine.Progress;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BatchOrder;
import org.shallownet.network.Loss;
import org.shallownet.network.Weights;

/** One network of a {@link TiledTrainingEngine}: parameters, optimiser state, running cost. */
final class TiledModel {
  private final ModelPlan plan;
  private final TileLayout layout;
  private final TileDesign design;
  private final TableView table;
  private final BlockedSamples.@Nullable Copies copies;
  private final GradientRefinements refinements;
  private final boolean weighted;
  private final boolean changesRate;
  private final @Nullable TileDropout dropout;
  private double rateScale = 1;

  /** The parameters that samples go through, in the order of the layout. */
  final float[] theta;

  /** Those that are trained: the same, but for the factors of a front scale. */
  private final float[] trained;

  private final float[] gradient;
  private final Descent descent;
  private final @Nullable TileFront front;

  private final long rows;
  private final long batchRows;
  private final long stepsPerEpoch;

  /** How a batch is cut into chunks, and the last one of an epoch. */
  private final TileDesign.Chunks wholeBatch;

  private final TileDesign.Chunks lastBatch;
  private final int judgedStretch;
  private long steps;
  private boolean retired;

  private long samples;
  private double weight;
  private double lossSum;
  private double penaltySum;
  private double hits;

  /** Of the samples of the batch under way. */
  private double batchWeight;

  /**
   * A model of a training plan in its first state.
   *
   * @param table what it is trained on
   * @param copies of that; null if there are none
   */
  TiledModel(
      TrainingPlan training,
      ModelPlan plan,
      TileLayout layout,
      TileDesign design,
      TableView table,
      BlockedSamples.@Nullable Copies copies) {
    this.plan = plan;
    this.layout = layout;
    this.design = design;
    this.table = table;
    this.copies = copies;
    weighted = training.samples().weighted();
    changesRate = plan.refinements().changesRate();
    double dropped = plan.refinements().dropout();
    dropout = dropped > 0 ? new TileDropout(plan.seed(), dropped) : null;
    theta = layout.pack(plan.initial());
    trained = plan.hasFrontScale() ? theta.clone() : theta;
    gradient = new float[theta.length];
    refinements = new GradientRefinements(plan.refinements(), layout, trained, gradient);
    float[] decay = plan.l2() > 0 ? layout.decay((float) plan.l2()) : null;
    descent = new Descent(plan.optimizer(), trained, gradient, decay);
    front =
        plan.hasFrontScale() ? new TileFront(layout.layers().get(0), plan.frontOptimizer()) : null;
    rows = training.rows(plan);
    batchRows = training.batchRows(plan);
    stepsPerEpoch = training.stepsPerEpoch(plan);
    long last = rows - (stepsPerEpoch - 1) * batchRows;
    wholeBatch = design.chunks(plan.spec(), batchRows, !isFullBatch());
    lastBatch = design.chunks(plan.spec(), last, !isFullBatch());
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

  /** What a sample costs in training. */
  Loss loss() {
    return plan.refinements().loss();
  }

  /** What its next step leaves out; null for nothing. */
  @Nullable TileDropout dropout() {
    return dropout;
  }

  /** What it is trained on. */
  TableView table() {
    return table;
  }

  /** Copies of what it is trained on; null if there are none. */
  BlockedSamples.@Nullable Copies copies() {
    return copies;
  }

  /** Whether every step uses all its samples. */
  boolean isFullBatch() {
    return stepsPerEpoch == 1;
  }

  /** How many steps make one of its epochs. */
  long stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /** How many of its epochs are over. */
  long epoch() {
    return steps / stepsPerEpoch;
  }

  boolean isRetired() {
    return retired;
  }

  void retire() {
    retired = true;
  }

  /** Multiplies the learning rate from the next step on. */
  void scaleRate(double factor) {
    rateScale = factor;
  }

  /** Where in the epoch its next batch begins. */
  long batchStart() {
    return steps % stepsPerEpoch * batchRows;
  }

  /** How its next batch is cut. */
  TileDesign.Chunks chunks() {
    boolean last = steps % stepsPerEpoch == stepsPerEpoch - 1;
    return last ? lastBatch : wholeBatch;
  }

  /** Samples that a thread judges in one go. */
  int judgedStretch() {
    return judgedStretch;
  }

  /** The order of its mini-batches. */
  BatchOrder order() {
    return new BatchOrder(rows, plan.seed());
  }

  /** Takes up the sums of a step's next chunk; the first replaces what was there. */
  void add(ChunkSums sums, boolean first) {
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
    long count = chunks().samples();
    if (plan.l2() > 0) {
      // A batch's cost counts once for each of its samples.
      penaltySum += plan.l2() / 2 * count * layout.squares(trained);
    }
    if (!weighted) {
      double whole = ExponentialOutput.whole(layout.function(), false);
      descent.scaleGradient((float) (whole / count));
    } else if (batchWeight != 0) {
      // The reciprocal of a small weight may be more than a float holds.
      descent.divideGradient((float) batchWeight);
    }
    samples += count;
    weight += batchWeight;
    float clip = refinements.clipFactor();
    if (clip != 1) {
      descent.scaleGradient(clip);
    }
    double factor =
        changesRate ? rateScale * plan.refinements().rateFactor(steps, stepsPerEpoch) : 1;
    setSteps(steps + 1);
    if (front != null) {
      front.pullBack(trained, gradient);
    }
    penaltySum += count * refinements.addL1();
    descent.step(steps, factor);
    if (front == null) {
      return;
    }
    front.step(steps, factor);
    fold(front);
  }

  private void setSteps(long count) {
    steps = count;
    if (dropout != null) {
      dropout.in(count);
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
    List<ModelState.Group> groups = new ArrayList<>();
    groups.add(
        ModelState.Group.of(
            layout.unpack(trained), descent.moments().stream().map(layout::unpack).toList()));
    if (front != null) {
      groups.add(front.state(plan.spec().inputs()));
    }
    return new ModelState(groups, steps, progress().sums());
  }

  /** Goes on from a state that fits the plan. */
  void resume(ModelState state) {
    copy(layout.pack(state.weights(plan.spec())), trained);
    List<Weights> remembered = state.moments(plan.spec());
    for (int i = 0; i < remembered.size(); i++) {
      copy(layout.pack(remembered.get(i)), descent.moments().get(i));
    }
    if (front != null) {
      front.resume(state.groups().get(1));
      fold(front);
    }
    setSteps(state.steps());
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

  /** Samples go through the weights with the factors in them. */
  private void fold(TileFront factors) {
    copy(trained, theta);
    factors.fold(trained, theta);
  }
}
