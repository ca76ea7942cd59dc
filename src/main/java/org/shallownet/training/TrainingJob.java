package org.shallownet.training;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelState;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.Outcomes.Outcome;

/**
 * Networks to be trained on the same samples: brings the samples to the backend, trains, and makes
 * models of the weights. A single network is a list of one.
 */
final class TrainingJob {
  private final Backend backend;
  private final Dataset train;
  private final @Nullable Dataset dev;
  private final Preparation preparation;
  private final Map<String, String> provenance;
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
    this.provenance = provenance;
  }

  /**
   * Where a network starts, and how it goes on.
   *
   * @param spec its shape
   * @param weights gives the first weights; asked for when they are needed, so that networks that
   *     wait for others take no memory
   * @param origin where the weights are from, for the provenance
   */
  record Start(
      NetworkSpec spec, Supplier<Weights> weights, String origin, TrainingSettings settings) {
    /** First weights as the settings say. */
    static Start of(NetworkSpec spec, TrainingSettings settings, Consumer<String> warn) {
      Initializer initializer = settings.initializer();
      if (initializer instanceof Initializer.Zeros && !spec.hidden().isEmpty()) {
        warn.accept(
            "with zeros as first weights all hidden units of a layer stay identical for ever; use"
                + " another initialisation unless this is what you want to see");
      }
      return new Start(
          spec, () -> initializer.create(spec, settings.seed()), initializer.toString(), settings);
    }
  }

  /** A network that is still to be trained, or further. */
  private record Pupil(int number, Start start, NetworkState state) {}

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
   * @throws DataException if no row has a weight above 0, or the checkpoint to go on from is of
   *     another training
   * @throws UncheckedIOException if the checkpoint can't be read
   * @throws DeviceMemoryException if no network fits the backend's memory
   * @throws BackendException if the device fails before any network could begin
   */
  List<Outcome> run(List<Start> starts, TrainingRun.Observer observer, BooleanSupplier stop) {
    for (Start start : starts) {
      requireFit(start.spec(), train);
      if (dev != null) {
        requireFit(start.spec(), dev);
      }
    }
    requireWeight(train, "training rows", "give some rows a weight above 0");
    if (dev != null) {
      requireWeight(
          dev,
          "rows of the dev set",
          "choose another split (--split-seed) or do without a dev set (--dev-fraction 0)");
    }
    JobCheckpoints checkpoints =
        new JobCheckpoints(
            checkpointing,
            starts.stream().map(Start::spec).toList(),
            () -> content(starts),
            warnings);
    List<NetworkState> states = checkpoints.begin();
    Outcomes outcomes = new Outcomes(starts.size());
    List<Pupil> training = new ArrayList<>();
    List<Pupil> waiting = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      Pupil pupil = new Pupil(i, starts.get(i), states.get(i));
      if (pupil.state() instanceof NetworkState.Over over) {
        outcomes.put(i, outcome(pupil, over));
        observer.onLeftOut();
      } else {
        (pupil.state() instanceof NetworkState.Training ? training : waiting).add(pupil);
      }
    }
    TrainingRun.Keeper keeper = checkpoints.keeper(outcomes);
    for (List<Pupil> group : List.of(training, waiting)) {
      if (!group.isEmpty()) {
        run(group, outcomes, observer, new Control(stop, keeper, checkpoints));
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
      opened = open(pupils);
    } catch (BackendException | DeviceMemoryException e) {
      if (e instanceof DeviceMemoryException && pupils.size() > 1) {
        int half = pupils.size() / 2;
        run(pupils.subList(0, half), outcomes, observer, control);
        run(pupils.subList(half, pupils.size()), outcomes, observer, control);
        return;
      }
      leaveOut(pupils, new TrainingFaultException(0, null, e), outcomes, observer);
      return;
    }
    try (TrainingSession session = opened) {
      TrainingEngine engine = session.engine();
      List<ModelRun.Pupil> named = new ArrayList<>();
      for (Pupil pupil : pupils) {
        named.add(pupil(pupil.number(), pupil.start(), engine.name(named.size())));
      }
      Pupil any = pupils.get(0);
      control.checkpoints().compareEngines(any.state(), engine.name(0));
      observer.onStart(session, pupils.size());
      double weight = DatasetSource.totalWeight(train);
      TrainingRun run =
          new TrainingRun(
                  engine, session.plan(), weight, named, session.dev(), observer, control.stop())
              .keptBy(control.keeper());
      resume(run, pupils);
      run.toTheEnd()
          .forEach(
              model -> outcomes.put(model.number(), new Outcome(model.result(), model.failure())));
    }
  }

  private static void resume(TrainingRun run, List<Pupil> pupils) {
    List<ModelState> engine = new ArrayList<>();
    List<RunState> states = new ArrayList<>();
    double seconds = 0;
    for (Pupil pupil : pupils) {
      if (pupil.state() instanceof NetworkState.Training training) {
        engine.add(training.engine());
        states.add(training.run());
        seconds = training.seconds();
      }
    }
    if (!engine.isEmpty()) {
      run.resume(engine, states, seconds);
    }
  }

  /** What came of a network whose training was over when the checkpoint was written. */
  private Outcome outcome(Pupil pupil, NetworkState.Over over) {
    Model model =
        pupil(pupil.number(), pupil.start(), over.engine()).toModel().apply(over.weights());
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
      outcomes.put(pupil.number(), new Outcome(leftOut(pupil), fault));
      observer.onLeftOut();
    }
  }

  /** No model, or what it had learned when the checkpoint was written. */
  private TrainingResult leftOut(Pupil pupil) {
    TrainingResult.Ending failed = TrainingResult.Ending.FAILED;
    if (pupil.state() instanceof NetworkState.Training training) {
      RunState run = training.run();
      Weights kept = run.kept();
      if (kept != null) {
        Model model = pupil(pupil.number(), pupil.start(), training.name()).toModel().apply(kept);
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

  private CheckpointFile.Content content(List<Start> starts) {
    List<Map<String, String>> settings = new ArrayList<>();
    for (Start start : starts) {
      Map<String, String> own = new LinkedHashMap<>();
      own.put("network", name(start.spec()));
      own.putAll(describe(start, batch(start), ""));
      settings.add(own);
    }
    Output output = starts.get(0).spec().output();
    return new CheckpointFile.Content(
        settings,
        SamplesFingerprint.of(source(train, output)),
        dev == null ? "" : SamplesFingerprint.of(source(dev, output)));
  }

  private static String name(NetworkSpec spec) {
    String functions =
        spec.hidden().stream()
            .map(layer -> layer.activation().id())
            .collect(Collectors.joining(", "));
    return spec.sizes() + (functions.isEmpty() ? "" : " " + functions) + " " + spec.output();
  }

  private DatasetSource source(Dataset data, Output output) {
    boolean weighted = train.weights() != null || (dev != null && dev.weights() != null);
    return new DatasetSource(data, output, preparation, weighted);
  }

  private TrainingSession open(List<Pupil> pupils) {
    Output output = pupils.get(0).start().spec().output();
    DatasetSource devSource = dev == null ? null : source(dev, output);
    long batch = batch(pupils.get(0).start());
    try {
      List<ModelPlan> models = new ArrayList<>();
      for (Pupil pupil : pupils) {
        TrainingSettings settings = pupil.start().settings();
        models.add(
            new ModelPlan(
                pupil.start().weights().get(),
                settings.optimizer(),
                settings.l2(),
                settings.seed()));
      }
      return TrainingSession.open(backend, source(train, output), devSource, batch, models);
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

  private long batch(Start start) {
    return Math.min(start.settings().batchSize(), train.rows());
  }

  private ModelRun.Pupil pupil(int number, Start start, String engine) {
    Map<String, String> entries = describe(start, batch(start), engine);
    TargetScale scale = preparation.targetScale();
    return new ModelRun.Pupil(
        number,
        start.settings(),
        deviation(scale),
        weights ->
            new Model(
                weights,
                train.task(),
                preparation.inputs(),
                train.targetNames(),
                classes(train.target()),
                scale,
                entries));
  }

  /**
   * What turns the root of the mean cost to that of the mean squared error: the target's deviation;
   * for several targets, which have no unit in common, 1 over the root of their number.
   */
  private double deviation(@Nullable TargetScale scale) {
    int targets = train.targetNames().size();
    if (targets > 1) {
      return 1 / Math.sqrt(targets);
    }
    return scale == null ? 1 : scale.deviations().get(0);
  }

  /** The classes of each target, one after the other. */
  private static List<String> classes(Target target) {
    if (target instanceof Target.Several several) {
      return several.columns().stream().flatMap(column -> classes(column).stream()).toList();
    }
    return target instanceof Target.Classes known ? known.names() : List.of();
  }

  private static void requireFit(NetworkSpec spec, Dataset data) {
    NetworkSpec wanted = data.network();
    boolean sameOutput = spec.output() == wanted.output() && spec.outputs() == wanted.outputs();
    // Two classes may also be learned by a softmax over two outputs.
    boolean twoOutputs =
        data.target() instanceof Target.Classes classes
            && spec.output() == Output.SOFTMAX_CROSS_ENTROPY
            && spec.outputs() == classes.names().size();
    if (spec.inputs() != wanted.inputs() || !(sameOutput || twoOutputs)) {
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

  private static void requireWeight(Dataset data, String rows, String help) {
    SampleWeights weights = data.weights();
    if (weights != null && weights.total() == 0) {
      throw new DataException("all " + rows + " have weight 0, so that none counts; " + help);
    }
  }

  /** How the model came about: everything that decides its weights. */
  private Map<String, String> describe(Start start, long batch, String engine) {
    TrainingSettings settings = start.settings();
    Map<String, String> entries = new LinkedHashMap<>(provenance);
    entries.put("rows", Long.toString(train.rows()));
    entries.put("dev_rows", Long.toString(dev == null ? 0 : dev.rows()));
    SampleWeights weights = train.weights();
    if (weights != null) {
      entries.put("total_weight", Double.toString(weights.total()));
    }
    entries.put("optimizer", settings.optimizer().toString());
    entries.put("batch_size", Long.toString(batch));
    entries.put("epochs", Integer.toString(settings.epochs()));
    entries.put("l2", Double.toString(settings.l2()));
    entries.put("patience", Integer.toString(settings.patience()));
    entries.put("seed", Long.toString(settings.seed()));
    entries.put("shallownet", Version.current());
    entries.put("java", Runtime.version().toString());
    entries.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    entries.put("backend", backend.name());
    entries.put("device", backend.device());
    entries.put("engine", engine);
    entries.put("standardize", Boolean.toString(preparation.inputs().standardizer() != null));
    entries.put("initializer", start.origin());
    return entries;
  }
}
