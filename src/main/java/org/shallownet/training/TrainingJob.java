package org.shallownet.training;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Target;
import org.shallownet.data.text.Printable;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.Outcomes.Outcome;
import org.shallownet.training.checkpoint.Checkpointing;

/**
 * Networks to be trained on the same samples: brings the samples to the backend, trains, and makes
 * models of the weights. A single network is a list of one.
 */
final class TrainingJob {
  private final Backend backend;
  private final Dataset train;
  private final @Nullable Dataset dev;
  private final Preparation preparation;
  private final JobDescription description;
  private Checkpointing checkpointing = Checkpointing.NONE;
  private Consumer<String> warnings = warning -> {};

  /**
   * A job.
   *
   * @param dev what to judge epochs by; null for nothing
   * @param provenance what models are to tell of where they are from
   */
  TrainingJob(
      Backend backend,
      Dataset train,
      @Nullable Dataset dev,
      Preparation preparation,
      Map<String, String> provenance) {
    this.backend = backend;
    this.train = train;
    this.dev = dev;
    this.preparation = preparation;
    this.description = new JobDescription(backend, train, dev, preparation, provenance);
  }

  /** A network that is still to be trained, or further. */
  private record Pupil(int number, NetworkStart start, NetworkState state) {}

  /** Has the job write checkpoints, or go on from one. */
  TrainingJob with(Checkpointing wanted, Consumer<String> warn) {
    checkpointing = wanted;
    warnings = warn;
    return this;
  }

  /**
   * Trains networks side by side: all at once, or in groups that fit the backend's memory. A
   * network that does not fit it even alone fails, and the others go on; once something else has
   * failed, those that still wait fail, too.
   *
   * @param starts networks whose settings have the same batch size
   * @return what came of each, in the same order and numbered by it
   * @throws DataException if no row has a weight above 0, a target is negative that must not be, or
   *     the checkpoint to go on from is of another training
   * @throws UncheckedIOException if the checkpoint can't be read
   * @throws DeviceMemoryException if no network fits the backend's memory
   * @throws BackendException if the device fails before any network could begin
   */
  List<Outcome> run(
      List<NetworkStart> starts, TrainingRun.Observer observer, BooleanSupplier stop) {
    requireTargetsFit(starts);
    for (NetworkStart start : starts) {
      requireFit(start, train);
      if (dev != null) {
        requireFit(start, dev);
        if (start.samples().judged()) {
          throw new IllegalArgumentException(
              "a network is judged either by a dev set or by training rows that are held back");
        }
      }
      SampleRows rows = start.samples().rows();
      requireWeight(train, rows, "training rows", "give some rows a weight above 0");
      if (start.samples().judged()) {
        requireWeight(
            train,
            start.samples().devRows(),
            "rows of a fold",
            "give some of them a weight above 0, or choose other folds");
      }
    }
    if (dev != null) {
      requireWeight(
          dev,
          SampleRows.ALL,
          "rows of the dev set",
          "choose another split (--split-seed) or do without a dev set (--dev-fraction 0)");
    }
    JobCheckpoints checkpoints =
        new JobCheckpoints(
            checkpointing,
            starts.stream().map(NetworkStart::spec).toList(),
            () -> description.content(starts),
            warnings);
    List<NetworkState> states = checkpoints.begin();
    Outcomes outcomes = new Outcomes(starts.size());
    // Those side by side take the same steps, so that they must have taken equally many.
    Map<List<Long>, List<Pupil>> training = new LinkedHashMap<>();
    List<Pupil> waiting = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      Pupil pupil = new Pupil(i, starts.get(i), states.get(i));
      if (pupil.state() instanceof NetworkState.Over over) {
        outcomes.put(i, outcome(pupil, over));
        observer.onLeftOut(i, over.history());
      } else {
        List<Pupil> group =
            pupil.state() instanceof NetworkState.Training known
                ? training.computeIfAbsent(
                    List.of((long) known.epochs(), known.done()), steps -> new ArrayList<>())
                : waiting;
        group.add(pupil);
      }
    }
    TrainingRun.Keeper keeper = checkpoints.keeper(outcomes);
    // A thread's work is called off by interrupting it, as Future.cancel does.
    BooleanSupplier asked = () -> stop.getAsBoolean() || Thread.currentThread().isInterrupted();
    List<List<Pupil>> groups = new ArrayList<>(training.values());
    groups.add(waiting);
    for (List<Pupil> group : groups) {
      if (!group.isEmpty()) {
        run(group, outcomes, observer, new Control(asked, keeper, checkpoints));
      }
    }
    List<Outcome> all = outcomes.all();
    requireAnyBegun(all);
    return all;
  }

  /** What a run asks between steps. */
  private record Control(
      BooleanSupplier stop, TrainingRun.Keeper keeper, JobCheckpoints checkpoints) {}

  /**
   * Trains a part of the job's networks, all of which have taken equally many steps.
   *
   * @param outcomes of the networks before them, to which theirs are added
   */
  private void run(
      List<Pupil> pupils, Outcomes outcomes, TrainingRun.Observer observer, Control control) {
    TrainingFaultException before = outcomes.faultThatEndsAll();
    if (before != null) {
      leaveOut(pupils, before, outcomes, observer);
      return;
    }
    TrainingSession opened;
    try {
      opened = open(pupils, control.checkpoints());
    } catch (RuntimeException | Error e) {
      if (e instanceof DeviceMemoryException && pupils.size() > 1) {
        observer.onSplit();
        int half = pupils.size() / 2;
        run(pupils.subList(0, half), outcomes, observer, control);
        run(pupils.subList(half, pupils.size()), outcomes, observer, control);
        return;
      }
      leaveOut(pupils, new TrainingFaultException(0, null, e), outcomes, observer);
      return;
    }
    try (TrainingSession session = opened) {
      TrainingRun run;
      try {
        run = begin(session, pupils, outcomes.networks(), observer, control);
      } catch (RuntimeException | Error e) {
        // What became of others before them must not go with these.
        leaveOut(pupils, new TrainingFaultException(0, null, e), outcomes, observer);
        return;
      }
      run.toTheEnd()
          .forEach(
              model -> outcomes.put(model.number(), new Outcome(model.result(), model.failure())));
    }
  }

  /**
   * A run that is ready for its first step, or for the one after a checkpoint.
   *
   * @param networks how many the job has
   */
  private TrainingRun begin(
      TrainingSession session,
      List<Pupil> pupils,
      int networks,
      TrainingRun.Observer observer,
      Control control) {
    TrainingEngine engine = session.engine();
    List<ModelRun.Pupil> named = new ArrayList<>();
    for (Pupil pupil : pupils) {
      String name = engine.name(named.size());
      control.checkpoints().compareEngines(pupil.state(), name);
      named.add(description.pupil(pupil.number(), pupil.start(), name, networks));
    }
    observer.onStart(session, pupils.size());
    TrainingRun run =
        new TrainingRun(engine, session.plan(), named, session.dev(), observer, control.stop())
            .keptBy(control.keeper());
    resume(run, pupils);
    return run;
  }

  private static void resume(TrainingRun run, List<Pupil> pupils) {
    List<NetworkState.Training> states = new ArrayList<>();
    for (Pupil pupil : pupils) {
      if (pupil.state() instanceof NetworkState.Training training) {
        states.add(training);
      }
    }
    if (!states.isEmpty()) {
      run.resume(states);
    }
  }

  /** What came of a network whose training was over when the checkpoint was written. */
  private Outcome outcome(Pupil pupil, NetworkState.Over over) {
    Model model = description.toModel(pupil.start(), over.engine()).apply(over.weights());
    TrainingResult result =
        new TrainingResult(
            model,
            over.history(),
            over.epochs(),
            over.bestEpoch(),
            over.ending(),
            over.engine(),
            over.seconds(),
            over.samplesPerSecond());
    NetworkState.Divergence divergence = over.divergence();
    Model best = over.bestEpoch() == 0 ? null : model;
    return new Outcome(
        result,
        divergence == null
            ? null
            : new DivergedException(divergence.message(), divergence.epoch(), best));
  }

  /** Networks that never take a step: something has failed, or the memory does not hold them. */
  private void leaveOut(
      List<Pupil> pupils,
      TrainingFaultException fault,
      Outcomes outcomes,
      TrainingRun.Observer observer) {
    for (Pupil pupil : pupils) {
      TrainingResult left = leftOut(pupil);
      outcomes.put(pupil.number(), new Outcome(left, fault));
      observer.onLeftOut(pupil.number(), left.history());
    }
  }

  /** No model, or what it had learned when the checkpoint was written. */
  private TrainingResult leftOut(Pupil pupil) {
    TrainingResult.Ending failed = TrainingResult.Ending.FAILED;
    if (pupil.state() instanceof NetworkState.Training training) {
      RunState run = training.run();
      Weights kept = run.kept();
      if (kept != null) {
        Model model = description.toModel(pupil.start(), training.name()).apply(kept);
        List<EpochReport> history = run.history();
        int epochs = history.get(history.size() - 1).epoch();
        return new TrainingResult(
            model, history, epochs, run.keptEpoch(), failed, training.name(), 0, 0);
      }
    }
    return new TrainingResult(null, List.of(), 0, 0, failed, "", 0, 0);
  }

  /**
   * If there is nothing to report, what prevented it is: of the last, after which none was tried.
   * That a device failed while training is reported by itself.
   */
  private static void requireAnyBegun(List<Outcome> outcomes) {
    Throwable last = null;
    for (Outcome outcome : outcomes) {
      if (!(outcome.failure() instanceof TrainingFaultException fault)
          || fault.best().isPresent()
          || outcome.result().bestEpoch() > 0
          || (fault.epoch() > 0 && (fault.isOfDevice() || fault.isOutOfMemory()))) {
        return;
      }
      last = fault.reason();
    }
    if (last instanceof Error error) {
      throw error;
    }
    if (last instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private TrainingSession open(List<Pupil> pupils, JobCheckpoints checkpoints) {
    Output output = pupils.get(0).start().spec().output();
    DatasetSource devSource = dev == null ? null : description.source(dev, output);
    long batch = description.batch(pupils.get(0).start());
    try {
      List<ModelPlan> models = new ArrayList<>();
      for (Pupil pupil : pupils) {
        TrainingSettings settings = pupil.start().settings();
        models.add(
            new ModelPlan(
                    pupil.start().weights().get(),
                    settings.optimizer(),
                    settings.l2(),
                    settings.seed(),
                    pupil.start().samples(),
                    pupil.start().frontRate())
                .withRefinements(settings.refinements())
                .resumedFrom(checkpoints.engineOf(pupil.state())));
      }
      return TrainingSession.open(
          backend, description.source(train, output), devSource, batch, models);
    } catch (OutOfMemoryError e) {
      // What a session needs on the heap beside the backend's own memory, at least the weights.
      long bytes = 0;
      for (Pupil pupil : pupils) {
        bytes += (long) Float.BYTES * pupil.start().spec().parameterCount();
      }
      throw new DeviceMemoryException(
          "Java's heap",
          bytes,
          Runtime.getRuntime().freeMemory(),
          "give Java more with -Xmx…, or choose fewer units",
          e);
    }
  }

  /** Poisson's cost is of numbers from 0 on, and its targets have a scale of their own. */
  private void requireTargetsFit(List<NetworkStart> starts) {
    long counting =
        starts.stream()
            .filter(start -> start.spec().output() == Output.EXPONENTIAL_POISSON)
            .count();
    if (counting == 0) {
      return;
    }
    if (counting < starts.size()) {
      throw new IllegalArgumentException(
          "networks with an exponential output and others can't be trained side by side");
    }
    requireNoneNegative(train);
    if (dev != null) {
      requireNoneNegative(dev);
    }
  }

  private static void requireNoneNegative(Dataset data) {
    List<Target> columns =
        data.target() instanceof Target.Several several
            ? several.columns()
            : List.of(data.target());
    for (int k = 0; k < columns.size(); k++) {
      if (columns.get(k) instanceof Target.Numbers numbers) {
        for (long row = 0; row < numbers.rows(); row++) {
          if (numbers.value(row) < 0) {
            throw new DataException(
                "column "
                    + Printable.quoted(data.targetNames().get(k))
                    + " holds "
                    + numbers.value(row)
                    + ", but Poisson's cost is for numbers from 0 on; leave --loss poisson out or"
                    + " choose another target");
          }
        }
      }
    }
  }

  private void requireFit(NetworkStart start, Dataset data) {
    NetworkSpec spec = start.spec();
    NetworkSpec wanted = data.network();
    int first = start.samples().firstInput();
    int inputs = preparation.inputs().inputs();
    boolean sameInputs =
        first == ModelSamples.ALL_INPUTS
            ? spec.inputs() == inputs
            : first <= inputs - spec.inputs();
    boolean sameOutput =
        (spec.output() == wanted.output()
                || (spec.output().isOfNumbers() && wanted.output().isOfNumbers()))
            && spec.outputs() == wanted.outputs();
    // Two classes may also be learned by a softmax over two outputs.
    boolean twoOutputs =
        data.target() instanceof Target.Classes classes
            && spec.output() == Output.SOFTMAX_CROSS_ENTROPY
            && spec.outputs() == classes.names().size();
    if (!sameInputs || !(sameOutput || twoOutputs)) {
      throw new IllegalArgumentException(
          "a "
              + spec.sizes()
              + " network with "
              + spec.output()
              + " output does not fit data that needs "
              + wanted.sizes()
              + " with "
              + wanted.output());
    }
  }

  private static void requireWeight(Dataset data, SampleRows rows, String name, String help) {
    if (DatasetSource.totalWeight(data, rows) == 0) {
      throw new DataException("all " + name + " have weight 0, so that none counts; " + help);
    }
  }
}
