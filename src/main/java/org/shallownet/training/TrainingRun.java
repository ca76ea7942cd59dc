package org.shallownet.training;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Weights;

/**
 * One training of a plan's networks from the first step to the end: the loop over epochs. All
 * networks take the same steps at the same time, but that those with fewer samples rest at the end
 * of an epoch; each ends when its own training is over.
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
     * A network goes on from a checkpoint.
     *
     * @param number its number among all of the job's
     * @param before the reports of the epochs before
     */
    default void onResume(int number, List<EpochReport> before) {}

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

    /** The memory does not hold some networks at once, so that they are trained in two groups. */
    default void onSplit() {}

    /**
     * One network will not be trained: the device failed, its memory does not hold it, or its
     * training was over in the checkpoint that the others go on from.
     *
     * @param number its number among all of the job's
     * @param before the reports of what it was trained before the checkpoint; empty for nothing
     */
    default void onLeftOut(int number, List<EpochReport> before) {}
  }

  /** Keeps runs as they are now, so that they can be gone on with. */
  interface Keeper {
    /** Keeps nothing. */
    Keeper NONE =
        new Keeper() {
          @Override
          public boolean isDue(int epochs, boolean ended) {
            return false;
          }

          @Override
          public int epochsUntilDue(int epochs) {
            return Integer.MAX_VALUE;
          }

          @Override
          public void keep(TrainingRun run, boolean last) {}
        };

    /**
     * Whether the run is to be kept now; asked between steps.
     *
     * @param epochs how many have ended
     * @param ended whether the last step ended the last of them
     */
    boolean isDue(int epochs, boolean ended);

    /**
     * How many epochs may follow before it is due because of their number; at least 1.
     *
     * @param epochs how many have ended
     */
    int epochsUntilDue(int epochs);

    /**
     * Keeps the run.
     *
     * @param last whether it is about to be interrupted
     */
    void keep(TrainingRun run, boolean last);
  }

  private final TrainingEngine engine;
  private final TrainingPlan plan;
  private final @Nullable Samples dev;
  private final Observer observer;
  private final BooleanSupplier stop;
  private final List<ModelRun> models = new ArrayList<>();
  private final List<ModelRun> active;

  /** What the observer has yet to hear of epochs that the engine took by itself. */
  private final Deque<Runnable> news = new ArrayDeque<>();

  /** Whether the observer hears of an epoch; still so where it has thrown something. */
  private boolean telling;

  private Keeper keeper = Keeper.NONE;
  private long start = System.nanoTime();
  private int epoch;

  /** How many steps of the epoch under way were taken. */
  private long done;

  private double lastProgress;
  private long sliceSteps = 1;

  /** How many epochs fit a slice, for engines that take them by themselves. */
  private int sliceEpochs = 1;

  /**
   * A run that is ready to begin.
   *
   * @param pupils the networks, in the order of the plan
   * @param dev what to judge epochs by; null for the plan's samples that are held back for each
   *     network, if there are any
   */
  TrainingRun(
      TrainingEngine engine,
      TrainingPlan plan,
      List<ModelRun.Pupil> pupils,
      @Nullable Samples dev,
      Observer observer,
      BooleanSupplier stop) {
    this.engine = engine;
    this.plan = plan;
    this.dev = dev;
    this.observer = observer;
    this.stop = stop;
    for (int i = 0; i < pupils.size(); i++) {
      ModelPlan model = plan.models().get(i);
      boolean judged = dev != null || model.samples().judged();
      models.add(new ModelRun(engine, i, model, pupils.get(i), judged, this::seconds));
    }
    this.active = new ArrayList<>(models);
  }

  /** Has the run kept now and then. */
  TrainingRun keptBy(Keeper other) {
    keeper = other;
    return this;
  }

  /**
   * Goes on where another run has been.
   *
   * @param states how far each network is, in the order of the plan
   */
  TrainingRun resume(List<NetworkState.Training> states) {
    engine.resume(states.stream().map(NetworkState.Training::engine).toList());
    for (int i = 0; i < models.size(); i++) {
      RunState known = states.get(i).run();
      models.get(i).resume(known);
      observer.onResume(models.get(i).number(), known.history());
    }
    NetworkState.Training any = states.get(0);
    // Those whose epochs were longer may have ended before.
    done = Math.min(any.done(), plan.stepsPerEpoch());
    epoch = any.epochs() + (done > 0 ? 1 : 0);
    start -= (long) (any.seconds() * 1e9);
    lastProgress = any.seconds();
    return this;
  }

  /** How far a network is that is in training. */
  NetworkState.Training state(ModelRun model) {
    int index = model.index();
    return new NetworkState.Training(
        model.state(),
        engine.state(index),
        engine.name(index),
        done == 0 ? epoch : epoch - 1,
        done,
        seconds());
  }

  /** The networks, in the order of the plan. */
  List<ModelRun> models() {
    return models;
  }

  /**
   * Trains every network to its end, or to where something fails; their runs are in the order of
   * the plan.
   */
  List<ModelRun> toTheEnd() {
    try {
      epochs();
    } catch (RuntimeException | Error e) {
      for (ModelRun model : active) {
        // One that ended in an epoch which not everybody has heard of has not ended for anybody.
        boolean unheard = (telling || !news.isEmpty()) && model.failure() == null;
        if (!model.isOver() || unheard) {
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
      double began = seconds();
      int epochs = done == 0 ? epochsAhead() : 1;
      boolean whole = true;
      if (epochs > 1) {
        takeEpochs(epochs);
      } else {
        whole = takeEpoch();
      }
      double each = Math.max(seconds() - began, 1e-9) / epochs;
      sliceEpochs = (int) Math.max(1, Math.min(4.0 * epochs, SLICE_SECONDS / each));
      if (!whole || stop.getAsBoolean()) {
        if (!active.isEmpty()) {
          keeper.keep(this, true);
        }
        interrupt();
      } else if (!active.isEmpty() && keeper.isDue(epoch, true)) {
        keeper.keep(this, false);
      }
    }
  }

  /**
   * How many epochs the engine is to take by itself; 1 if the steps of one have to be asked for.
   */
  private int epochsAhead() {
    int most = epoch == 0 ? 1 : Math.min(sliceEpochs, keeper.epochsUntilDue(epoch));
    for (ModelRun model : active) {
      most = Math.min(most, model.epochsAhead(epoch));
    }
    return most > 1 && engine.takesEpochs(dev) ? most : 1;
  }

  /**
   * What an engine did by itself with a network.
   *
   * @param best which of the epochs is the best, from 0; -1 if none is
   */
  private record Taken(ModelRun model, TrainingEngine.Epochs epochs, int best) {
    private TrainingEngine.Epoch epoch(int number) {
      return epochs.epochs().get(number);
    }

    /** The weights that are to be kept of an epoch; null if those of another one are. */
    private @Nullable Weights best(int number) {
      return number == best ? epochs.best() : null;
    }
  }

  /**
   * Has the engine take epochs by itself, and tells of each. All is noted before anybody hears of
   * it: what a listener throws must not lose weights that the engine has brought.
   */
  private void takeEpochs(int count) {
    int before = epoch;
    epoch++;
    beginEpoch();
    List<ModelRun> running = List.copyOf(active);
    List<TrainingEngine.Epochs> epochs =
        engine.takeEpochs(count, running.stream().map(model -> model.watch(before)).toList(), dev);
    List<Taken> taken = new ArrayList<>();
    for (int i = 0; i < running.size(); i++) {
      ModelRun model = running.get(i);
      taken.add(new Taken(model, epochs.get(i), model.best(epochs.get(i).epochs())));
    }
    for (int i = 0; i < count && !taken.isEmpty(); i++) {
      epoch = before + 1 + i;
      for (Taken own : taken) {
        if (i > 0) {
          own.model().beginEpoch(epoch, own.model().isJudged() ? null : own.best(i));
        }
        own.model().afterSteps(epoch, own.epoch(i).seen());
      }
      removeThoseOver(taken);
      for (Taken own : taken) {
        TrainingEngine.Epoch brought = own.epoch(i);
        ModelRun model = own.model();
        EpochReport report =
            model.isJudged()
                ? model.afterEpoch(epoch, brought.seen(), brought.onDev(), own.best(i))
                : model.afterEpoch(epoch, brought.seen(), null, null);
        if (report != null) {
          news.add(() -> tell(model, report));
        }
      }
      removeThoseOver(taken);
    }
    lastProgress = seconds();
    while (!news.isEmpty()) {
      news.remove().run();
    }
  }

  private void removeThoseOver(List<Taken> taken) {
    for (Taken own : taken) {
      if (own.model().isOver()) {
        news.add(() -> remove(own.model()));
      }
    }
    taken.removeIf(own -> own.model().isOver());
  }

  /** Takes what is left of an epoch's steps; false if asked to stop before its end. */
  private boolean takeEpoch() {
    if (done == 0) {
      epoch++;
      beginEpoch();
    }
    boolean whole = train();
    if (whole) {
      judge();
      done = 0;
    }
    return whole;
  }

  private void beginEpoch() {
    Map<Integer, Weights> weights = weights(model -> !model.isJudged());
    for (ModelRun model : active) {
      model.beginEpoch(epoch, weights.get(model.index()));
    }
  }

  /** The numbers of the networks that are in training, in the engine's plan. */
  private List<Integer> numbers() {
    return active.stream().map(ModelRun::index).toList();
  }

  /** Takes the epoch's steps that are left; false if asked to stop before its end. */
  private boolean train() {
    long steps = plan.stepsPerEpoch();
    while (done < steps && !active.isEmpty()) {
      if (done > 0 && stop.getAsBoolean()) {
        return false;
      }
      if (done > 0 && keeper.isDue(epoch - 1, false)) {
        keeper.keep(this, false);
      }
      long slice = Math.min(sliceSteps, steps - done);
      double began = seconds();
      engine.advance(slice);
      List<TrainingEngine.Progress> progress = engine.progress(numbers());
      for (int i = 0; i < active.size(); i++) {
        active.get(i).afterSteps(epoch, progress.get(i));
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
    Map<Integer, TrainingEngine.Progress> onDev = onDev();
    List<TrainingEngine.Progress> inEpoch = engine.takeProgress(numbers);
    Map<Integer, Weights> best =
        weights(
            model -> {
              TrainingEngine.Progress judged = onDev.get(model.index());
              return judged != null && model.isBest(judged);
            });
    for (int i = 0; i < active.size(); i++) {
      ModelRun model = active.get(i);
      endEpoch(model, inEpoch.get(i), onDev.get(model.index()), best.get(model.index()));
    }
    removeThoseOver();
  }

  private void endEpoch(
      ModelRun model,
      TrainingEngine.Progress inEpoch,
      TrainingEngine.@Nullable Progress onDev,
      @Nullable Weights best) {
    EpochReport report = model.afterEpoch(epoch, inEpoch, onDev, best);
    lastProgress = seconds();
    if (report != null) {
      tell(model, report);
    }
  }

  private void tell(ModelRun model, EpochReport report) {
    telling = true;
    observer.onEpoch(model, report);
    telling = false;
  }

  /** What those networks that are judged get, by their numbers. */
  private Map<Integer, TrainingEngine.Progress> onDev() {
    List<Integer> judged = active.stream().filter(ModelRun::isJudged).map(ModelRun::index).toList();
    List<TrainingEngine.Progress> progress =
        dev == null ? engine.judge(judged) : engine.evaluate(judged, dev);
    return byNumber(judged, progress);
  }

  /** The weights of some networks, by their numbers. */
  private Map<Integer, Weights> weights(Predicate<ModelRun> condition) {
    List<Integer> some = active.stream().filter(condition).map(ModelRun::index).toList();
    return byNumber(some, engine.weights(some));
  }

  private static <T> Map<Integer, T> byNumber(List<Integer> numbers, List<T> values) {
    Map<Integer, T> byNumber = new HashMap<>();
    for (int i = 0; i < numbers.size(); i++) {
      byNumber.put(numbers.get(i), values.get(i));
    }
    return byNumber;
  }

  private void interrupt() {
    active.forEach(model -> model.interrupt(epoch));
    removeThoseOver();
  }

  private void removeThoseOver() {
    List.copyOf(active).stream().filter(ModelRun::isOver).forEach(this::remove);
  }

  private void remove(ModelRun model) {
    engine.retire(model.index());
    active.remove(model);
    observer.onEnd(model);
  }

  /** How long the networks have been training, what they are resumed from included. */
  double seconds() {
    return (System.nanoTime() - start) * 1e-9;
  }
}
