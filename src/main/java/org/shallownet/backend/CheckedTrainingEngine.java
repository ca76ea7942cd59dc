package org.shallownet.backend;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.AbstractDevice;
import org.shallownet.network.Weights;

/**
 * Checks every call of an engine as a {@link AbstractDevice} does its own: that the backend and the
 * engine are open, the thread is the right one, and samples are there and of the plan's form. A
 * call holds the device's monitor, so that nobody closes the device before its end.
 */
final class CheckedTrainingEngine implements TrainingEngine {
  private final AbstractDevice device;
  private final TrainingPlan plan;
  private final TrainingEngine engine;

  /** Steps taken, those that other engines took before included. */
  private long steps;

  private boolean begun;
  private boolean closed;

  CheckedTrainingEngine(AbstractDevice device, TrainingPlan plan, TrainingEngine engine) {
    this.device = device;
    this.plan = plan;
    this.engine = engine;
  }

  private <T> T call(String operation, Supplier<T> call) {
    device.checkMayBegin();
    synchronized (device) {
      device.checkUsable(operation);
      if (closed) {
        throw new IllegalStateException(operation + ": the training engine is closed");
      }
      return call.get();
    }
  }

  private void run(String operation, Runnable call) {
    call(
        operation,
        () -> {
          call.run();
          return operation;
        });
  }

  @Override
  public String name() {
    return engine.name();
  }

  @Override
  public String name(int model) {
    return engine.name(model);
  }

  @Override
  public void advance(long count) {
    run(
        "advance",
        () -> {
          if (count < 0) {
            throw new IllegalArgumentException("advance: " + count + " steps can't be taken");
          }
          plan.samples().checkOn("advance", device);
          begun |= count > 0;
          engine.advance(count);
          steps += count;
        });
  }

  @Override
  public void scaleRate(int model, double factor) {
    run(
        "scaleRate",
        () -> {
          if (!plan.models().get(model).refinements().changesRate()) {
            throw new IllegalArgumentException(
                "scaleRate: model " + model + " is planned with a constant rate");
          }
          if (!(factor >= 0) || !Float.isFinite((float) factor)) {
            throw new IllegalArgumentException(
                "scaleRate: a rate can't be multiplied by " + factor);
          }
          engine.scaleRate(model, factor);
        });
  }

  @Override
  public void retire(int model) {
    run("retire", () -> engine.retire(model));
  }

  @Override
  public List<Progress> progress(List<Integer> models) {
    return call("progress", () -> engine.progress(models));
  }

  @Override
  public List<Progress> takeProgress(List<Integer> models) {
    return call("takeProgress", () -> engine.takeProgress(models));
  }

  @Override
  public List<Progress> evaluate(List<Integer> models, Samples samples) {
    return call(
        "evaluate",
        () -> {
          checkJudging("evaluate", samples);
          return engine.evaluate(models, samples);
        });
  }

  @Override
  public List<Progress> judge(List<Integer> models) {
    return call(
        "judge",
        () -> {
          plan.samples().checkOn("judge", device);
          return engine.judge(models);
        });
  }

  @Override
  public boolean takesEpochs(@Nullable Samples dev) {
    return call(
        "takesEpochs",
        () -> {
          checkJudging("takesEpochs", dev);
          return engine.takesEpochs(dev);
        });
  }

  @Override
  public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
    return call(
        "takeEpochs",
        () -> {
          if (most < 1) {
            throw new IllegalArgumentException("takeEpochs: " + most + " epochs can't be taken");
          }
          plan.samples().checkOn("takeEpochs", device);
          checkJudging("takeEpochs", dev);
          if (!engine.takesEpochs(dev)) {
            throw new IllegalArgumentException(
                "takeEpochs: the "
                    + engine.name()
                    + " engine does not take epochs by itself with these dev samples; have it"
                    + " advance step by step");
          }
          if (steps % plan.stepsPerEpoch() != 0) {
            throw new IllegalStateException(
                "takeEpochs: an epoch is under way; have the engine advance to its end first");
          }
          begun = true;
          List<Epochs> taken = engine.takeEpochs(most, watches, dev);
          steps += most * plan.stepsPerEpoch();
          return taken;
        });
  }

  private void checkJudging(String operation, @Nullable Samples samples) {
    if (samples != null) {
      plan.checkForm(operation, samples);
      if (samples instanceof Samples.Kept && !samples.equals(plan.samples())) {
        throw new IllegalArgumentException(
            operation + ": the engine keeps no samples but its plan's; load or stream these");
      }
      samples.checkOn(operation, device);
    }
  }

  @Override
  public List<Weights> weights(List<Integer> models) {
    return call("weights", () -> engine.weights(models));
  }

  @Override
  public ModelState state(int model) {
    return call("state", () -> engine.state(model));
  }

  @Override
  public void resume(List<ModelState> states) {
    run("resume", () -> resumeChecked(states));
  }

  private void resumeChecked(List<ModelState> states) {
    if (begun) {
      throw new IllegalStateException("resume: the engine has taken steps of its own");
    }
    List<ModelPlan> models = plan.models();
    if (states.size() != models.size()) {
      throw new IllegalArgumentException(
          "resume: " + states.size() + " states for " + models.size() + " models");
    }
    long clock = plan.stepsTaken(states);
    for (int i = 0; i < states.size(); i++) {
      states.get(i).checkFits(models.get(i));
      long epoch = plan.stepsPerEpoch(models.get(i));
      long taken = TrainingPlan.stepsTaken(clock, plan.stepsPerEpoch(), epoch);
      if (states.get(i).steps() != taken) {
        throw new IllegalArgumentException(
            "resume: model "
                + i
                + " has taken "
                + states.get(i).steps()
                + " steps, "
                + taken
                + " are needed to go on beside the others");
      }
    }
    engine.resume(states);
    steps = clock;
    begun = true;
  }

  @Override
  public void close() {
    device.checkThread();
    synchronized (device) {
      closed = true;
      engine.close();
    }
  }
}
