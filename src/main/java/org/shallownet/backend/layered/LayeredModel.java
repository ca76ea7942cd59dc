package org.shallownet.backend.layered;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.device.Counter;
import org.shallownet.backend.device.GradientPass;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.OutputOperation;
import org.shallownet.backend.device.OutputOperation.LossDelta;
import org.shallownet.backend.device.OutputOperation.OutputDelta;
import org.shallownet.backend.device.OutputPass;
import org.shallownet.backend.device.RefinementOperation.AddAbsoluteNorm;
import org.shallownet.backend.device.RefinementOperation.AddSign;
import org.shallownet.backend.device.RefinementOperation.ClipNorm;
import org.shallownet.backend.device.RefinementOperation.DropOut;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.SumOperation.AddSquaredNorm;
import org.shallownet.backend.device.SumOperation.Clear;
import org.shallownet.backend.device.Tally;
import org.shallownet.backend.device.UpdateOperation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** One network in training: its parameters, gradients, optimiser state and running cost. */
final class LayeredModel {
  private final Backend backend;
  private final ModelPlan plan;
  private final long passRows;
  private final boolean takesOutputPass;
  private final Parameters parameters;
  private final Parameters gradients;
  private final OptimizerSteps optimizer;
  private final @Nullable FrontScale front;
  private final Counter steps;
  private final @Nullable Matrix rateFactor;
  private double rateScale = 1;
  private final Tally losses;
  private final Tally penalties;
  private long samples;
  private boolean retired;

  /**
   * How gradients are taken.
   *
   * @param rows samples of one pass from samples to gradients; 0 for layer by layer
   * @param output whether the output layer, then, is taken in a pass
   */
  record Passes(long rows, boolean output) {}

  /**
   * A model.
   *
   * @param passes how its gradients are taken
   * @param parameters become the plan's initial ones
   * @param gradients of the same shape
   * @param steps how many steps were taken
   */
  LayeredModel(
      Backend backend,
      Scope scope,
      ModelPlan plan,
      Passes passes,
      Parameters parameters,
      Parameters gradients,
      Counter steps) {
    this.backend = backend;
    this.plan = plan;
    this.passRows = passes.rows();
    this.takesOutputPass = passes.output();
    this.parameters = parameters;
    this.gradients = gradients;
    this.steps = steps;
    parameters.upload(plan.initial());
    optimizer = new OptimizerSteps(backend, scope, plan, steps);
    front = plan.hasFrontScale() ? new FrontScale(backend, scope, plan, steps) : null;
    rateFactor = plan.refinements().changesRate() ? backend.allocate(scope, 1, 1) : null;
    losses = backend.allocateTally(scope);
    penalties = backend.allocateTally(scope);
  }

  ModelPlan plan() {
    return plan;
  }

  NetworkSpec spec() {
    return plan.spec();
  }

  Parameters parameters() {
    return parameters;
  }

  Parameters gradients() {
    return gradients;
  }

  boolean retired() {
    return retired;
  }

  void retire() {
    retired = true;
  }

  /** Whether its gradients are taken in one pass. */
  boolean inOnePass() {
    return passRows > 0;
  }

  /**
   * The gradients of a part of a batch, in as few passes as may be; the cost is kept.
   *
   * @param placed the place in the batch of the first row
   */
  void addGradientsInOnePass(Matrix features, Matrix targets, double scale, long placed) {
    for (long done = 0; done < features.rows(); done += passRows) {
      long count = Math.min(passRows, features.rows() - done);
      backend.run(
          new GradientPass(
              spec(),
              parameters.group(),
              features.rows(done, count),
              targets.rows(done, count),
              scale,
              placed + done == 0 ? 0 : 1,
              gradients.group(),
              losses,
              plan.refinements().loss(),
              dropping(placed + done)));
    }
  }

  /** Whether its output layer is taken in a pass. */
  boolean takesOutputPass() {
    return takesOutputPass;
  }

  /**
   * From the last hidden layer's products to the derivatives by them, in their place; the cost is
   * kept.
   *
   * @param logits room for them
   * @param keep by which gradients that are there are multiplied
   */
  OutputPass outputPass(Matrix products, Matrix logits, Matrix targets, double scale, float keep) {
    return new OutputPass(
        spec(),
        parameters.group(),
        products,
        targets,
        scale,
        keep,
        gradients.group(),
        logits,
        losses,
        plan.refinements().loss());
  }

  /** What is left out of samples from this place in the batch on; null for nothing. */
  private GradientPass.@Nullable Dropping dropping(long first) {
    return drops() && !spec().hidden().isEmpty()
        ? new GradientPass.Dropping(plan.refinements().dropout(), plan.seed(), steps, first)
        : null;
  }

  /** The derivative of the cost by the logits, in their place; the cost itself is kept. */
  OutputOperation outputDelta(Matrix logits, Matrix targets, double scale) {
    return lossDelta(plan.refinements().loss(), logits, targets, scale, losses);
  }

  /** Adds what samples cost that are not trained on, in place of the logits. */
  void judge(Matrix logits, Matrix targets, Tally tally) {
    backend.run(lossDelta(plan.refinements().loss().judging(), logits, targets, 1, tally));
  }

  private OutputOperation lossDelta(
      Loss loss, Matrix logits, Matrix targets, double scale, Tally tally) {
    Output output = spec().output();
    return loss instanceof Loss.Own
        ? new OutputDelta(output, logits, targets, scale, logits, tally)
        : new LossDelta(loss, output, logits, targets, scale, logits, tally);
  }

  /** Whether hidden activations are left out in training. */
  boolean drops() {
    return plan.refinements().dropout() > 0;
  }

  /**
   * What leaves out hidden activations, or what comes back to them.
   *
   * @param first the place in the batch of the first row
   */
  DropOut dropOut(int layer, long first, Matrix values, Matrix out) {
    double part = plan.refinements().dropout();
    return new DropOut(values, part, plan.seed(), layer, steps, first, out);
  }

  /** Multiplies the learning rate from the next step on. */
  void scaleRate(double factor) {
    rateScale = factor;
  }

  /**
   * Brings the rate of the next step to the device, where steps that are replayed read it.
   *
   * @param step how many steps came before
   * @param stepsPerEpoch how many make an epoch
   */
  void prepareRate(long step, long stepsPerEpoch) {
    if (rateFactor != null) {
      double factor = rateScale * plan.refinements().rateFactor(step, stepsPerEpoch);
      backend.upload(new float[] {(float) factor}, 0, rateFactor);
    }
  }

  // The parts of a step down the gradient, in the order in which ModelUpdates runs them.

  /** Adds what L2 costs to the penalties: a layer's part for each sample; null if there is none. */
  @Nullable AddSquaredNorm squaredNorm(int layer, long rows) {
    // A batch's cost counts once for each of its samples.
    return plan.l2() > 0 && layer <= spec().layerCount()
        ? new AddSquaredNorm(trained().weights(layer), plan.l2() / 2 * rows, penalties)
        : null;
  }

  /** Shortens the gradient; null if it may be as long as it is. */
  @Nullable ClipNorm clip() {
    double most = plan.refinements().clipNorm();
    return most > 0 ? new ClipNorm(most, gradients.flat()) : null;
  }

  /** The factors of the inputs; null if there are none. */
  @Nullable FrontScale front() {
    return front;
  }

  /** Adds what L1 costs to the penalties, as {@link #squaredNorm}; null if there is none. */
  @Nullable AddAbsoluteNorm absoluteNorm(int layer, long rows) {
    double l1 = plan.refinements().l1();
    return l1 > 0 && layer <= spec().layerCount()
        ? new AddAbsoluteNorm(trained().weights(layer), l1 * rows, penalties)
        : null;
  }

  /** Adds what L1 pulls at a layer's weights to the gradient; null if there is none. */
  @Nullable AddSign sign(int layer) {
    double l1 = plan.refinements().l1();
    return l1 > 0 && layer <= spec().layerCount()
        ? new AddSign(trained().weights(layer), (float) l1, gradients.weights(layer))
        : null;
  }

  /** The optimizer's step. */
  UpdateOperation step() {
    return optimizer.step(gradients.flat(), rateFactor, trained().flat());
  }

  /** The optimizer's step of the factors of the inputs; null if there are none. */
  @Nullable UpdateOperation frontStep() {
    return front == null ? null : front.step(rateFactor);
  }

  /** What the optimizer changes: the parameters without the factors of a front scale. */
  private Parameters trained() {
    return front == null ? parameters : front.trained();
  }

  /** So many samples have been seen. */
  void saw(long rows) {
    samples += rows;
  }

  TrainingEngine.Progress progress() {
    Tally.Values loss = backend.read(losses);
    Tally.Values penalty = backend.read(penalties);
    return new TrainingEngine.Progress(
        samples, loss.weight(), loss.cost(), penalty.cost(), loss.hits());
  }

  ModelState state(long steps) {
    List<ModelState.Group> groups = new ArrayList<>();
    groups.add(ModelState.Group.of(trained().download(), optimizer.ofNetwork()));
    if (front != null) {
      groups.add(front.state());
    }
    return new ModelState(groups, steps, progress().sums());
  }

  /** Goes on from a state that fits the plan. */
  void resume(ModelState state) {
    trained().upload(state.weights(spec()));
    optimizer.resume(state.moments(spec()));
    if (front != null) {
      front.resume(state.groups().get(1), parameters);
    }
    ModelState.Sums sums = state.sums();
    samples = sums.samples();
    backend.set(losses, new Tally.Values(sums.lossSum(), sums.hits(), sums.weight()));
    backend.set(penalties, new Tally.Values(sums.penaltySum(), 0, 0));
  }

  void clearProgress() {
    backend.run(new Clear(losses));
    backend.run(new Clear(penalties));
    samples = 0;
  }
}
