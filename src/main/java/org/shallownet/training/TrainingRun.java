package org.shallownet.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.network.Weights;

/**
 * One training of a plan's networks from the first step to the end: the loop over epochs. All
 * networks take the same steps at the same time; each ends when its own training is over.
 */
final class TrainingRun {
  /** How long a slice of steps should take, so that a request to stop is heard soon. */
  private static final double SLICE_SECONDS = 0.05;

  /** How often observers hear of progress within an epoch. */
  private static final double PROGRESS_SECONDS = 0.1;

  /** Hears how a run goes. */
  interface Observer {
    /**
     * The first step is about to be taken.
     *
     * @param networks how many are trained in this session
     */
    void onStart(TrainingSession session, int networks);

    /**
     * Steps were taken within an epoch.
     *
     * @param samples how many samples of this epoch each network has seen
     * @param seconds since training began
     */
    void onProgress(int epoch, long samples, double seconds);

    /** An epoch of one network has ended. */
    void onEpoch(ModelRun model, EpochReport report);

    /** The training of one network is over. */
    default void onEnd(ModelRun model) {}

    /** One network will not be trained, since the device failed or its memory does not hold it. */
    default void onLeftOut() {}
  }

  private final TrainingEngine engine;
  private final TrainingPlan plan;
  private final double epochWeight;
  private final @Nullable Samples dev;
  private final Observer observer;
  private final BooleanSupplier stop;
  private final List<ModelRun> models = new ArrayList<>();
  private final List<ModelRun> active;
  private final long start = System.nanoTime();
  private int epoch;
  private double lastProgress;
  private long sliceSteps = 1;

  /**
   * A run that is ready to begin.
   *
   * @param epochWeight the sum of the weights of the samples to train on; without weights their
   *     number
   * @param pupils the networks, in the order of the plan
   * @param dev what to judge epochs by; null for nothing
   */
  TrainingRun(
      TrainingEngine engine,
      TrainingPlan plan,
      double epochWeight,
      List<ModelRun.Pupil> pupils,
      @Nullable Samples dev,
      Observer observer,
      BooleanSupplier stop) {
    this.engine = engine;
    this.plan = plan;
    this.epochWeight = epochWeight;
    this.dev = dev;
    this.observer = observer;
    this.stop = stop;
    for (int i = 0; i < pupils.size(); i++) {
      models.add(
          new ModelRun(engine, i, plan.models().get(i), pupils.get(i), dev != null, this::seconds));
    }
    this.active = new ArrayList<>(models);
  }

  /**
   * Trains every network to its end, or to where the backend fails; their runs are in the order of
   * the plan.
   */
  List<ModelRun> toTheEnd() {
    try {
      epochs();
    } catch (BackendException | DeviceMemoryException e) {
      for (ModelRun model : active) {
        if (!model.isOver()) {
          model.fault(epoch, e);
        }
        observer.onEnd(model);
      }
    }
    return models;
  }

  private void epochs() {
    if (stop.getAsBoolean()) {
      interrupt();
    }
    while (!active.isEmpty()) {
      epoch++;
      beginEpoch();
      boolean whole = train();
      if (whole) {
        judge();
      }
      if (!whole || stop.getAsBoolean()) {
        interrupt();
      }
    }
  }

  private void beginEpoch() {
    List<Weights> weights = dev == null ? engine.weights(numbers()) : List.of();
    for (int i = 0; i < active.size(); i++) {
      active.get(i).beginEpoch(epoch, dev == null ? weights.get(i) : null);
    }
  }

  /** The numbers of the networks that are in training, in the engine's plan. */
  private List<Integer> numbers() {
    return active.stream().map(ModelRun::index).toList();
  }

  /** Takes the steps of one epoch; false if asked to stop before its end. */
  private boolean train() {
    long steps = plan.stepsPerEpoch();
    long done = 0;
    while (done < steps && !active.isEmpty()) {
      if (done > 0 && stop.getAsBoolean()) {
        return false;
      }
      long slice = Math.min(sliceSteps, steps - done);
      double began = seconds();
      engine.advance(slice);
      List<TrainingEngine.Progress> progress = engine.progress(numbers());
      for (int i = 0; i < active.size(); i++) {
        active.get(i).afterSteps(epoch, progress.get(i), epochWeight);
      }
      removeThoseOver();
      double now = seconds();
      done += slice;
      double sliceSeconds = Math.max(now - began, 1e-9);
      sliceSteps = Math.max(1, (long) (slice * Math.min(4, SLICE_SECONDS / sliceSeconds)));
      if (done < steps && now - lastProgress > PROGRESS_SECONDS) {
        lastProgress = now;
        observer.onProgress(epoch, done * plan.batchRows(), now);
      }
    }
    return true;
  }

  private void judge() {
    List<Integer> numbers = numbers();
    List<TrainingEngine.Progress> onDev = dev == null ? List.of() : engine.evaluate(numbers, dev);
    List<TrainingEngine.Progress> inEpoch = engine.takeProgress(numbers);
    Map<Integer, Weights> best = dev == null ? Map.of() : weightsOfBest(onDev);
    for (int i = 0; i < active.size(); i++) {
      ModelRun model = active.get(i);
      EpochReport report =
          model.afterEpoch(
              epoch, inEpoch.get(i), dev == null ? null : onDev.get(i), best.get(model.index()));
      lastProgress = seconds();
      if (report != null) {
        observer.onEpoch(model, report);
      }
    }
    removeThoseOver();
  }

  /** The weights of the networks that have never been better, by their numbers. */
  private Map<Integer, Weights> weightsOfBest(List<TrainingEngine.Progress> onDev) {
    List<Integer> best = new ArrayList<>();
    for (int i = 0; i < active.size(); i++) {
      if (active.get(i).isBest(onDev.get(i))) {
        best.add(active.get(i).index());
      }
    }
    List<Weights> weights = engine.weights(best);
    Map<Integer, Weights> byNumber = new HashMap<>();
    for (int i = 0; i < best.size(); i++) {
      byNumber.put(best.get(i), weights.get(i));
    }
    return byNumber;
  }

  private void interrupt() {
    active.forEach(model -> model.interrupt(epoch));
    removeThoseOver();
  }

  private void removeThoseOver() {
    for (ModelRun model : active) {
      if (model.isOver()) {
        engine.retire(model.index());
        observer.onEnd(model);
      }
    }
    active.removeIf(ModelRun::isOver);
  }

  private double seconds() {
    return (System.nanoTime() - start) * 1e-9;
  }
}
