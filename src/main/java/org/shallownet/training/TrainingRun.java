package org.shallownet.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.BackendException;
import org.shallownet.backend.DeviceMemoryException;
import org.shallownet.backend.Samples;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.model.Model;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** One training from its first step to its end: the loop over epochs. */
final class TrainingRun {
  /** Above this many times (first cost + 1) training has diverged. */
  private static final double DIVERGED = 1e6;

  /** How long a slice of steps should take, so that a request to stop is heard soon. */
  private static final double SLICE_SECONDS = 0.05;

  /** How often listeners hear of progress within an epoch. */
  private static final double PROGRESS_SECONDS = 0.1;

  private final TrainingEngine engine;
  private final TrainingPlan plan;
  private final @Nullable Samples dev;
  private final TrainingSettings settings;
  private final double targetDeviation;
  private final Function<Weights, Model> toModel;
  private final List<TrainingListener> listeners;
  private final BooleanSupplier stop;

  private final EarlyStopping earlyStopping;
  private final List<EpochReport> history = new ArrayList<>();
  private final long start = System.nanoTime();
  private double lastProgress;
  private long sliceSteps = 1;
  private double firstCost = Double.NaN;

  /** The weights to fall back on: with a dev set the best, else the last known to be sound. */
  private @Nullable Weights kept;

  private int keptEpoch;

  /** Without a dev set: the weights that the last epoch to begin began from. */
  private @Nullable Weights latest;

  private int latestEpoch;
  private int epochUnderWay;
  private long samplesSeen;

  /**
   * A run that is ready to begin.
   *
   * @param dev what to judge epochs by; null for nothing
   * @param targetDeviation what turns a standardised error back to the target's units
   * @param toModel completes weights to a model
   */
  TrainingRun(
      TrainingEngine engine,
      TrainingPlan plan,
      @Nullable Samples dev,
      TrainingSettings settings,
      double targetDeviation,
      Function<Weights, Model> toModel,
      List<TrainingListener> listeners,
      BooleanSupplier stop) {
    this.engine = engine;
    this.plan = plan;
    this.dev = dev;
    this.settings = settings;
    this.targetDeviation = targetDeviation;
    this.toModel = toModel;
    this.listeners = listeners;
    this.stop = stop;
    this.earlyStopping = new EarlyStopping(settings.patience());
  }

  /**
   * Trains.
   *
   * @throws DivergedException if the cost grows beyond all bounds
   * @throws TrainingFaultException if the backend fails
   */
  TrainingResult toTheEnd() {
    try {
      return epochs();
    } catch (BackendException | DeviceMemoryException e) {
      throw fault(e);
    }
  }

  private TrainingResult epochs() {
    for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
      epochUnderWay = epoch;
      if (dev == null) {
        latest = engine.weights(0);
        latestEpoch = epoch - 1;
      }
      TrainingEngine.Progress seen = train(epoch);
      if (seen.samples() < plan.samples().rows()) {
        return interrupted(epoch);
      }
      if (latest != null && epoch > 1) {
        // This epoch began from them and its cost was sound.
        kept = latest;
        keptEpoch = latestEpoch;
      }
      EpochReport report = judge(epoch, seen);
      history.add(report);
      listeners.forEach(listener -> listener.onEpoch(report));
      if (dev != null && earlyStopping.shouldStop(epoch)) {
        return result(TrainingResult.Ending.STOPPED_EARLY, epoch);
      }
      if (epoch < settings.epochs() && stop.getAsBoolean()) {
        return result(TrainingResult.Ending.INTERRUPTED, epoch);
      }
    }
    return result(TrainingResult.Ending.COMPLETED, settings.epochs());
  }

  /** Takes the steps of one epoch, or fewer if asked to stop. */
  private TrainingEngine.Progress train(int epoch) {
    TrainingEngine.Progress seen = TrainingEngine.Progress.NONE;
    long steps = plan.stepsPerEpoch();
    long done = 0;
    while (done < steps && (done == 0 || !stop.getAsBoolean())) {
      long slice = Math.min(sliceSteps, steps - done);
      double began = seconds();
      engine.advance(slice);
      // The sum goes on over the slices, whose lengths are a matter of time: no bit of the epoch's
      // cost depends on them.
      TrainingEngine.Progress before = seen;
      seen = engine.progress(0);
      double now = seconds();
      samplesSeen += seen.samples() - before.samples();
      done += slice;
      if (Double.isNaN(firstCost)) {
        firstCost = seen.cost();
      }
      if (!Double.isFinite(seen.cost())) {
        throw diverged(epoch, "the cost is " + seen.cost());
      }
      // Costs are never negative: once the sum so far makes the epoch's mean too large, the rest
      // can't save it. So the slices have no say in whether training has diverged, either.
      double costSum = seen.lossSum() + seen.penaltySum();
      if (costSum > DIVERGED * (firstCost + 1) * plan.samples().rows()) {
        throw diverged(epoch, "the cost rose from " + firstCost + " to " + seen.cost());
      }
      double sliceSeconds = Math.max(now - began, 1e-9);
      sliceSteps = Math.max(1, (long) (slice * Math.min(4, SLICE_SECONDS / sliceSeconds)));
      if (done < steps && now - lastProgress > PROGRESS_SECONDS) {
        lastProgress = now;
        TrainingListener.Progress soFar = new TrainingListener.Progress(epoch, seen.samples(), now);
        listeners.forEach(listener -> listener.onProgress(soFar));
      }
    }
    return engine.takeProgress(0);
  }

  /** Measures an epoch that has ended and keeps its weights if they are the best. */
  private EpochReport judge(int epoch, TrainingEngine.Progress seen) {
    double devCost = Double.NaN;
    double devScore = Double.NaN;
    boolean best = true;
    if (dev != null) {
      TrainingEngine.Progress judged = engine.evaluate(0, dev);
      devCost = judged.loss();
      devScore = score(judged);
      if (!Double.isFinite(devCost)) {
        throw diverged(epoch, "the dev cost is " + devCost);
      }
      best = earlyStopping.isBest(epoch, devCost);
      if (best) {
        kept = engine.weights(0);
        keptEpoch = epoch;
      }
    }
    lastProgress = seconds();
    return new EpochReport(epoch, seen.cost(), devCost, lastProgress, score(seen), devScore, best);
  }

  /** Accuracy, or for regression the root mean squared error in the target's units. */
  private double score(TrainingEngine.Progress seen) {
    if (plan.models().get(0).spec().output() == Output.IDENTITY_SQUARED_ERROR) {
      // The cost of a sample is half its squared error.
      return Math.sqrt(2 * seen.loss()) * targetDeviation;
    }
    return seen.accuracy();
  }

  /** The end in the middle of an epoch. */
  private TrainingResult interrupted(int epoch) {
    if (epoch == 1) {
      kept = plan.models().get(0).initial();
      keptEpoch = 0;
      return finish(TrainingResult.Ending.INTERRUPTED, kept);
    }
    return result(TrainingResult.Ending.INTERRUPTED, epoch);
  }

  private TrainingResult result(TrainingResult.Ending ending, int epoch) {
    if (dev != null && kept != null) {
      return finish(ending, kept);
    }
    Weights last = engine.weights(0);
    if (!last.isFinite()) {
      throw diverged(epoch, "the weights are no longer finite");
    }
    keptEpoch = epoch;
    return finish(ending, last);
  }

  private TrainingResult finish(TrainingResult.Ending ending, Weights weights) {
    double seconds = seconds();
    return new TrainingResult(
        toModel.apply(weights),
        history,
        keptEpoch,
        ending,
        engine.name(),
        seconds,
        samplesSeen / seconds);
  }

  /** Ends a run whose backend can't be asked for weights any more. */
  private TrainingFaultException fault(RuntimeException e) {
    if (latest != null && latestEpoch > 0 && latest.isFinite()) {
      kept = latest;
    }
    return new TrainingFaultException(epochUnderWay, kept == null ? null : toModel.apply(kept), e);
  }

  private DivergedException diverged(int epoch, String how) {
    return new DivergedException(
        "training diverged in epoch "
            + epoch
            + ": "
            + how
            + "; try a learning rate below "
            + settings.optimizer().learningRate(),
        epoch,
        kept == null ? null : toModel.apply(kept));
  }

  private double seconds() {
    return (System.nanoTime() - start) * 1e-9;
  }
}
