package org.shallownet.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.Preprocessing;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Target;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

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
   * @param origin where the weights are from, for the provenance
   * @param samples what it sees of the job's training samples, and which of these judge it
   * @param frontRate as in {@link ModelPlan}
   * @param inputs what makes the inputs that it sees, for its model; null for what makes all of the
   *     job's
   */
  record Start(
      Weights initial,
      String origin,
      TrainingSettings settings,
      ModelSamples samples,
      double frontRate,
      @Nullable Preprocessing inputs) {
    /** A network that sees all of every sample, without a front scale. */
    Start(Weights initial, String origin, TrainingSettings settings) {
      this(initial, origin, settings, ModelSamples.ALL, 0, null);
    }

    /** First weights as the settings say. */
    static Start of(NetworkSpec spec, TrainingSettings settings, Consumer<String> warn) {
      Initializer initializer = settings.initializer();
      if (initializer instanceof Initializer.Zeros && !spec.hidden().isEmpty()) {
        warn.accept(
            "with zeros as first weights all hidden units of a layer stay identical for ever; use"
                + " another initialisation unless this is what you want to see");
      }
      return new Start(initializer.create(spec, settings.seed()), initializer.toString(), settings);
    }
  }

  /**
   * How a network's training ended.
   *
   * @param failure what ended it before its time, a {@link DivergedException} or a {@link
   *     TrainingFaultException}; null if nothing did
   */
  record Outcome(TrainingResult result, @Nullable RuntimeException failure) {}

  /**
   * Trains networks side by side: all at once, or in groups that fit the backend's memory. A
   * network that does not fit it even alone fails, and the others go on; once the device has
   * failed, those that still wait fail, too.
   *
   * @param starts networks whose settings have the same batch size
   * @return what came of each, in the same order and numbered by it
   * @throws DataException if no row has a weight above 0
   * @throws DeviceMemoryException if no network fits the backend's memory
   * @throws BackendException if the device fails before any network could begin
   */
  List<Outcome> run(List<Start> starts, TrainingRun.Observer observer, BooleanSupplier stop) {
    for (Start start : starts) {
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
    List<Outcome> outcomes = new ArrayList<>();
    run(starts, outcomes, observer, stop);
    requireAnyBegun(outcomes);
    return outcomes;
  }

  /**
   * Trains a part of the job's networks.
   *
   * @param outcomes of the networks before them, to which theirs are added
   */
  private void run(
      List<Start> starts,
      List<Outcome> outcomes,
      TrainingRun.Observer observer,
      BooleanSupplier stop) {
    for (Outcome outcome : outcomes) {
      if (outcome.failure() instanceof TrainingFaultException fault && !fault.isOutOfMemory()) {
        leaveOut(starts, fault, outcomes, observer);
        return;
      }
    }
    TrainingSession opened;
    try {
      opened = open(starts);
    } catch (BackendException | DeviceMemoryException e) {
      if (e instanceof DeviceMemoryException && starts.size() > 1) {
        int half = starts.size() / 2;
        run(starts.subList(0, half), outcomes, observer, stop);
        run(starts.subList(half, starts.size()), outcomes, observer, stop);
        return;
      }
      leaveOut(starts, new TrainingFaultException(0, null, e), outcomes, observer);
      return;
    }
    try (TrainingSession session = opened) {
      TrainingEngine engine = session.engine();
      List<ModelRun.Pupil> pupils = new ArrayList<>();
      for (Start start : starts) {
        String name = engine.name(pupils.size());
        pupils.add(pupil(outcomes.size() + pupils.size(), start, name));
      }
      observer.onStart(session, starts.size());
      new TrainingRun(engine, session.plan(), pupils, session.dev(), observer, stop)
          .toTheEnd()
          .forEach(run -> outcomes.add(new Outcome(run.result(), run.failure())));
    }
  }

  /** Networks that never take a step: the device has failed, or the memory does not hold them. */
  private void leaveOut(
      List<Start> starts,
      TrainingFaultException fault,
      List<Outcome> outcomes,
      TrainingRun.Observer observer) {
    for (Start start : starts) {
      Model model = pupil(outcomes.size(), start, "").toModel().apply(start.initial());
      TrainingResult.Ending failed = TrainingResult.Ending.FAILED;
      outcomes.add(new Outcome(new TrainingResult(model, List.of(), 0, failed, "", 0, 0), fault));
      observer.onLeftOut();
    }
  }

  /**
   * If there is nothing to report, what prevented it is: of the last, after which none was tried.
   */
  private static void requireAnyBegun(List<Outcome> outcomes) {
    RuntimeException last = null;
    for (Outcome outcome : outcomes) {
      if (!(outcome.failure() instanceof TrainingFaultException fault) || fault.epoch() > 0) {
        return;
      }
      last = fault.reason();
    }
    if (last != null) {
      throw last;
    }
  }

  private TrainingSession open(List<Start> starts) {
    Output output = starts.get(0).initial().spec().output();
    boolean weighted = train.weights() != null || (dev != null && dev.weights() != null);
    DatasetSource source = new DatasetSource(train, output, preparation, weighted);
    DatasetSource devSource =
        dev == null ? null : new DatasetSource(dev, output, preparation, weighted);
    List<ModelPlan> models = new ArrayList<>();
    for (Start start : starts) {
      TrainingSettings settings = start.settings();
      models.add(
          new ModelPlan(
              start.initial(),
              settings.optimizer(),
              settings.l2(),
              settings.seed(),
              start.samples(),
              start.frontRate()));
    }
    try {
      return TrainingSession.open(backend, source, devSource, batch(starts.get(0)), models);
    } catch (OutOfMemoryError e) {
      // What a session needs on the heap beside the backend's own memory, at least the weights.
      long bytes = 0;
      for (ModelPlan model : models) {
        bytes += (long) Float.BYTES * model.spec().parameterCount();
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
    Map<String, String> entries = describe(start, engine);
    TargetScale scale = preparation.targetScale();
    Preprocessing own = start.inputs();
    Preprocessing inputs = own == null ? preparation.inputs() : own;
    return new ModelRun.Pupil(
        number,
        start.settings(),
        DatasetSource.totalWeight(train, start.samples().rows()),
        deviation(scale),
        weights ->
            new Model(
                weights,
                train.task(),
                inputs,
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

  private void requireFit(Start start, Dataset data) {
    NetworkSpec spec = start.initial().spec();
    NetworkSpec wanted = data.network();
    int first = start.samples().firstInput();
    int inputs = preparation.inputs().inputs();
    boolean sameInputs =
        first == ModelSamples.ALL_INPUTS
            ? spec.inputs() == inputs
            : first <= inputs - spec.inputs();
    boolean sameOutput = spec.output() == wanted.output() && spec.outputs() == wanted.outputs();
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

  /** How the model came about: everything that decides its weights. */
  private Map<String, String> describe(Start start, String engine) {
    ModelSamples samples = start.samples();
    long rows = samples.rows().count(train.rows());
    TrainingSettings settings = start.settings();
    Map<String, String> entries = new LinkedHashMap<>(provenance);
    entries.put("rows", Long.toString(rows));
    long devRows = dev == null ? samples.devRows().count(train.rows()) : dev.rows();
    entries.put("dev_rows", Long.toString(devRows));
    SampleWeights weights = train.weights();
    if (weights != null) {
      entries.put("total_weight", Double.toString(DatasetSource.sum(weights, samples.rows())));
    }
    entries.put("optimizer", settings.optimizer().toString());
    entries.put("batch_size", Long.toString(Math.min(batch(start), rows)));
    entries.put("epochs", Integer.toString(settings.epochs()));
    entries.put("l2", Double.toString(settings.l2()));
    if (start.frontRate() > 0) {
      entries.put("front_scale_rate", Double.toString(start.frontRate()));
    }
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
