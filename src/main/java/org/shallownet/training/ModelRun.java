package org.shallownet.training;

import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.model.Model;
import org.shallownet.network.Loss;
import org.shallownet.network.Output;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;

/**
 * One network's part in a {@link TrainingRun}: what its epochs brought, which weights to keep, when
 * its training is over. None of it depends on the networks beside it.
 */
public final class ModelRun {
  /** Above this many times (first cost + 1) training has diverged. */
  private static final double DIVERGED = 1e6;

  /**
   * What has to be known of a network besides its place in the engine's plan.
   *
   * @param number its number among all networks that its observer hears of
   * @param settings how it is trained
   * @param epochWeight the sum of the weights of the samples it is trained on; without weights
   *     their number
   * @param targetDeviation what turns a standardised error back to the target's units
   * @param mostReports how many reports of epochs are kept at most, as in {@link History}
   * @param toModel completes weights to a model
   */
  record Pupil(
      int number,
      TrainingSettings settings,
      double epochWeight,
      double targetDeviation,
      int mostReports,
      Function<Weights, Model> toModel) {}

  private final TrainingEngine engine;
  private final int index;
  private final ModelPlan plan;
  private final Pupil pupil;
  private final boolean judged;
  private final DoubleSupplier clock;
  private final EarlyStopping earlyStopping;
  private final PlateauRate rate;
  private final History history;
  private TrainingEngine.Progress seen = TrainingEngine.Progress.NONE;
  private double firstCost = Double.NaN;

  /** Without a dev set: the weights that the last epoch to begin began from. */
  private @Nullable Weights latest;

  private int latestEpoch;

  /** The weights to fall back on: with a dev set the best, else the last known to be sound. */
  private @Nullable Weights kept;

  private int keptEpoch;
  private long samplesSeen;
  private @Nullable RuntimeException failure;
  private @Nullable TrainingResult result;

  /**
   * A network that has learned nothing yet.
   *
   * @param index its number in the engine's plan
   * @param judged whether there are samples to judge epochs by
   * @param clock seconds since training began
   */
  ModelRun(
      TrainingEngine engine,
      int index,
      ModelPlan plan,
      Pupil pupil,
      boolean judged,
      DoubleSupplier clock) {
    this.engine = engine;
    this.index = index;
    this.plan = plan;
    this.pupil = pupil;
    this.judged = judged;
    this.clock = clock;
    this.earlyStopping = new EarlyStopping(pupil.settings().patience());
    this.rate = new PlateauRate(plan.refinements().schedule());
    this.history = new History(pupil.mostReports());
  }

  /** What it knows between two steps. */
  RunState state() {
    return new RunState(
        earlyStopping.bestCost(),
        earlyStopping.bestEpoch(),
        history.reports(),
        history.stride(),
        seen,
        firstCost,
        latest,
        latestEpoch,
        kept,
        keptEpoch,
        samplesSeen,
        rate.scale(),
        rate.epoch());
  }

  /** Goes on from what another run of the same network knew. */
  void resume(RunState state) {
    earlyStopping.resume(state.bestCost(), state.bestEpoch());
    history.resume(state.history(), state.stride());
    seen = state.seen();
    firstCost = state.firstCost();
    latest = state.latest();
    latestEpoch = state.latestEpoch();
    kept = state.kept();
    keptEpoch = state.keptEpoch();
    samplesSeen = state.samplesSeen();
    rate.resume(state.rateScale(), state.rateEpoch());
    if (rate.scale() != 1) {
      engine.scaleRate(index, rate.scale());
    }
  }

  /** Its number in the engine's plan. */
  int index() {
    return index;
  }

  /** Its number among all networks that its observer hears of. */
  public int number() {
    return pupil.number();
  }

  /** Whether there are samples to judge its epochs by. */
  boolean isJudged() {
    return judged;
  }

  /** Whether its training is over. */
  boolean isOver() {
    return result != null;
  }

  /** How its training ended. */
  TrainingResult result() {
    TrainingResult ended = result;
    if (ended == null) {
      throw new IllegalStateException("this network is still in training");
    }
    return ended;
  }

  /**
   * What ended it before its time, a {@link DivergedException} or a {@link TrainingFaultException};
   * null if nothing did.
   */
  @Nullable RuntimeException failure() {
    return failure;
  }

  /**
   * An epoch is about to begin.
   *
   * @param current its weights now; null where there is a dev set, which doesn't need them, and
   *     where another epoch follows at once
   */
  void beginEpoch(int epoch, @Nullable Weights current) {
    latest = current;
    latestEpoch = epoch - 1;
    seen = TrainingEngine.Progress.NONE;
  }

  /**
   * Steps were taken; the training is over if the cost is beyond saving.
   *
   * @param inEpoch what it has seen since the epoch began
   */
  void afterSteps(int epoch, TrainingEngine.Progress inEpoch) {
    // The sum goes on over the slices, whose lengths are a matter of time: no bit of the epoch's
    // cost depends on them.
    TrainingEngine.Progress earlier = seen;
    seen = inEpoch;
    samplesSeen += seen.samples() - earlier.samples();
    if (seen.weight() == 0) {
      // None of the samples counts: there is no cost yet.
      return;
    }
    if (Double.isNaN(firstCost)) {
      firstCost = seen.cost();
    }
    if (!Double.isFinite(seen.cost())) {
      diverge(epoch, "the cost is " + seen.cost());
      return;
    }
    // Costs are not negative, or as those of counts hardly: once the sum so far makes the epoch's
    // mean too large, the rest can't save it. So the slices have no say in whether training has
    // diverged, either.
    if (seen.costSum() > mostCostSum()) {
      diverge(epoch, "the cost rose from " + firstCost + " to " + seen.cost());
    }
  }

  /** The highest sum of an epoch's costs that can be saved. */
  private double mostCostSum() {
    return DIVERGED * (Math.abs(firstCost) + 1) * pupil.epochWeight();
  }

  /**
   * How many epochs may follow before anybody but the engine has to decide something; 0 if that is
   * to be after each.
   */
  int epochsAhead(int epoch) {
    // Without a first cost nothing can be said to diverge.
    boolean followsDevCost = plan.refinements().schedule() instanceof Schedule.Plateau;
    boolean free = !followsDevCost && !Double.isNaN(firstCost);
    return free ? pupil.settings().epochs() - epoch : 0;
  }

  /** What an engine has to know that takes epochs after this one by itself. */
  TrainingEngine.Watch watch(int epoch) {
    return new TrainingEngine.Watch(
        index,
        earlyStopping.bestCost(),
        judged ? earlyStopping.left(epoch) : pupil.settings().patience(),
        pupil.settings().patience(),
        mostCostSum());
  }

  /**
   * Which of the epochs that follow is the best, from 0; -1 if none is better than those before.
   * Without a dev set the last one that has not diverged.
   */
  int best(List<TrainingEngine.Epoch> epochs) {
    if (!judged) {
      TrainingEngine.Progress last = epochs.get(epochs.size() - 1).seen();
      boolean diverged =
          last.weight() != 0 && (!Double.isFinite(last.cost()) || last.costSum() > mostCostSum());
      return epochs.size() - (diverged ? 2 : 1);
    }
    double lowest = earlyStopping.bestCost();
    int found = -1;
    for (int i = 0; i < epochs.size(); i++) {
      double cost = epochs.get(i).onDev().loss();
      if (EarlyStopping.isLower(cost, lowest)) {
        lowest = cost;
        found = i;
      }
    }
    return found;
  }

  /**
   * Whether the epoch that has ended is the best so far, so that its weights are to be kept.
   *
   * @param onDev its costs and hits on the dev set
   */
  boolean isBest(TrainingEngine.Progress onDev) {
    return earlyStopping.wouldBeBest(onDev.loss());
  }

  /**
   * The epoch has ended: measures it and keeps its weights if they are the best. The training is
   * over if this was the last epoch, if patience has run out or if it diverged.
   *
   * @param inEpoch what it has seen since the epoch began
   * @param onDev its costs and hits on the dev set; null without one
   * @param current its weights now if they are {@linkplain #isBest the best}; else, and where those
   *     of a better epoch follow at once, null
   * @return what the epoch brought; null if it diverged
   */
  @Nullable EpochReport afterEpoch(
      int epoch,
      TrainingEngine.Progress inEpoch,
      TrainingEngine.@Nullable Progress onDev,
      @Nullable Weights current) {
    seen = inEpoch;
    if (latest != null && epoch > 1) {
      // This epoch began from them and its cost was sound.
      kept = latest;
      keptEpoch = latestEpoch;
    }
    double devCost = Double.NaN;
    double devScore = Double.NaN;
    boolean best = true;
    if (onDev != null) {
      devCost = onDev.loss();
      devScore = score(onDev);
      if (!Double.isFinite(devCost)) {
        diverge(epoch, "the dev cost is " + devCost);
        return null;
      }
      best = earlyStopping.isBest(epoch, devCost);
      if (current != null) {
        kept = current;
        keptEpoch = epoch;
      }
    }
    EpochReport report =
        new EpochReport(
            epoch, seen.cost(), devCost, clock.getAsDouble(), score(seen), devScore, best);
    history.add(report);
    if (judged && rate.falls(epoch, earlyStopping.bestEpoch())) {
      engine.scaleRate(index, rate.scale());
    }
    if (judged && earlyStopping.shouldStop(epoch)) {
      end(TrainingResult.Ending.STOPPED_EARLY, epoch);
    } else if (epoch == pupil.settings().epochs()) {
      end(TrainingResult.Ending.COMPLETED, epoch);
    }
    return report;
  }

  /** Ends the training in or after an epoch. */
  void interrupt(int epoch) {
    if (history.epochs() == 0) {
      finish(TrainingResult.Ending.INTERRUPTED, plan.initial(), 0);
    } else {
      end(TrainingResult.Ending.INTERRUPTED, epoch);
    }
  }

  /**
   * Ends the training by an error after which the engine can't be asked for weights any more. One
   * that had ended otherwise keeps what it ended with.
   */
  void fault(int epoch, Throwable cause) {
    if (!isOver() && latest != null && latestEpoch > 0 && latest.isFinite()) {
      kept = latest;
      keptEpoch = latestEpoch;
    }
    Model best = fail(TrainingResult.Ending.FAILED);
    failure = new TrainingFaultException(epoch, best, cause);
  }

  private void end(TrainingResult.Ending ending, int epoch) {
    if (judged && kept != null) {
      finish(ending, kept, keptEpoch);
      return;
    }
    Weights last = engine.weights(index);
    if (last.isFinite()) {
      kept = last;
      keptEpoch = epoch;
      finish(ending, last, epoch);
    } else {
      diverge(epoch, "the weights are no longer finite");
    }
  }

  private void diverge(int epoch, String how) {
    Model best = fail(TrainingResult.Ending.DIVERGED);
    failure =
        new DivergedException(
            "training diverged in epoch "
                + epoch
                + ": "
                + how
                + "; try a learning rate below "
                + plan.optimizer().learningRate(),
            epoch,
            best);
  }

  /** Ends the training before its time with what there is to fall back on; null for nothing. */
  private @Nullable Model fail(TrainingResult.Ending ending) {
    if (kept == null) {
      finish(ending, plan.initial(), 0);
      return null;
    }
    finish(ending, kept, keptEpoch);
    return result().model();
  }

  private void finish(TrainingResult.Ending ending, Weights weights, int epoch) {
    double seconds = clock.getAsDouble();
    result =
        new TrainingResult(
            pupil.toModel().apply(weights),
            history.reports(),
            history.epochs(),
            epoch,
            ending,
            engine.name(index),
            seconds,
            samplesSeen / seconds);
  }

  /** Accuracy, or for regression the root mean squared error in the target's units. */
  private double score(TrainingEngine.Progress progress) {
    Output output = plan.spec().output();
    if (output.isOfNumbers()) {
      // Half of squared errors is the cost itself; other costs count it as hits.
      boolean squares =
          output == Output.IDENTITY_SQUARED_ERROR && plan.refinements().loss() instanceof Loss.Own;
      double half = squares ? progress.loss() : progress.hits() / progress.weight();
      return Math.sqrt(2 * half) * pupil.targetDeviation();
    }
    return progress.accuracy();
  }
}
