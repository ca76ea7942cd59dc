package org.shallownet.backend;

import java.util.List;
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
  private boolean begun;
  private boolean closed;

  CheckedTrainingEngine(AbstractDevice device, TrainingPlan plan, TrainingEngine engine) {
    this.device = device;
    this.plan = plan;
    this.engine = engine;
  }

  private void checkUsable(String operation) {
    device.checkUsable(operation);
    if (closed) {
      throw new IllegalStateException(operation + ": the training engine is closed");
    }
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
  public void advance(long steps) {
    synchronized (device) {
      checkUsable("advance");
      if (steps < 0) {
        throw new IllegalArgumentException("advance: " + steps + " steps can't be taken");
      }
      plan.samples().checkOn("advance", device);
      begun |= steps > 0;
      engine.advance(steps);
    }
  }

  @Override
  public void scaleRate(int model, double factor) {
    synchronized (device) {
      checkUsable("scaleRate");
      if (!plan.models().get(model).refinements().changesRate()) {
        throw new IllegalArgumentException(
            "scaleRate: model " + model + " is planned with a constant rate");
      }
      if (!(factor >= 0) || !Float.isFinite((float) factor)) {
        throw new IllegalArgumentException("scaleRate: a rate can't be multiplied by " + factor);
      }
      engine.scaleRate(model, factor);
    }
  }

  @Override
  public void retire(int model) {
    synchronized (device) {
      checkUsable("retire");
      engine.retire(model);
    }
  }

  @Override
  public List<Progress> progress(List<Integer> models) {
    synchronized (device) {
      checkUsable("progress");
      return engine.progress(models);
    }
  }

  @Override
  public List<Progress> takeProgress(List<Integer> models) {
    synchronized (device) {
      checkUsable("takeProgress");
      return engine.takeProgress(models);
    }
  }

  @Override
  public List<Progress> evaluate(List<Integer> models, Samples samples) {
    synchronized (device) {
      checkJudging(samples);
      return engine.evaluate(models, samples);
    }
  }

  @Override
  public List<Progress> judge(List<Integer> models) {
    synchronized (device) {
      checkUsable("judge");
      plan.samples().checkOn("judge", device);
      return engine.judge(models);
    }
  }

  @Override
  public boolean takesEpochs(@Nullable Samples dev) {
    return engine.takesEpochs(dev);
  }

  @Override
  public List<Epochs> takeEpochs(int most, List<Watch> watches, @Nullable Samples dev) {
    synchronized (device) {
      checkUsable("takeEpochs");
      if (most < 1) {
        throw new IllegalArgumentException("takeEpochs: " + most + " epochs can't be taken");
      }
      plan.samples().checkOn("takeEpochs", device);
      if (dev != null) {
        plan.checkForm("takeEpochs", dev);
        dev.checkOn("takeEpochs", device);
      }
      begun = true;
      return engine.takeEpochs(most, watches, dev);
    }
  }

  private void checkJudging(Samples samples) {
    checkUsable("evaluate");
    plan.checkForm("evaluate", samples);
    samples.checkOn("evaluate", device);
  }

  @Override
  public List<Weights> weights(List<Integer> models) {
    synchronized (device) {
      checkUsable("weights");
      return engine.weights(models);
    }
  }

  @Override
  public ModelState state(int model) {
    synchronized (device) {
      checkUsable("state");
      return engine.state(model);
    }
  }

  @Override
  public void resume(List<ModelState> states) {
    synchronized (device) {
      checkUsable("resume");
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
        long steps = TrainingPlan.stepsTaken(clock, plan.stepsPerEpoch(), epoch);
        if (states.get(i).steps() != steps) {
          throw new IllegalArgumentException(
              "resume: model "
                  + i
                  + " has taken "
                  + states.get(i).steps()
                  + " steps, "
                  + steps
                  + " are needed to go on beside the others");
        }
      }
      engine.resume(states);
      begun = true;
    }
  }

  @Override
  public void close() {
    synchronized (device) {
      closed = true;
      engine.close();
    }
  }
}
