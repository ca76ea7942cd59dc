package org.shallownet.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.Version;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.Optimizer;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.data.Dataset;
import org.shallownet.data.Standardizer;
import org.shallownet.data.Target;
import org.shallownet.model.Model;
import org.shallownet.model.TargetScale;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/**
 * Trains a network on a data set and gives back a {@link Model}.
 *
 * <p>A trainer may be used again; each training is independent of those before. Only the thread
 * that opened the backend may use it.
 */
public final class Trainer {
  private final Backend backend;
  private final TrainingSettings settings;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private final Map<String, String> provenance = new LinkedHashMap<>();
  private BooleanSupplier stop = () -> false;

  /** A trainer on this backend, which stays the caller's to close. */
  public Trainer(Backend backend, TrainingSettings settings) {
    this.backend = backend;
    this.settings = settings;
  }

  /** Adds a listener. */
  public Trainer listen(TrainingListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Ends training after the step under way when this becomes true. It is asked after every slice of
   * steps, several times a second.
   */
  public Trainer stopWhen(BooleanSupplier condition) {
    stop = condition;
    return this;
  }

  /** Adds an entry to the provenance of the models to come, such as where the data is from. */
  public Trainer provenance(String key, String value) {
    provenance.put(key, value);
    return this;
  }

  /**
   * Trains a network from first weights.
   *
   * @param spec a network that fits the data, such as {@code data.network().withHidden(64, RELU)}
   * @param train the samples to learn from
   * @param dev samples to judge each epoch by, of the same columns and classes; null to train for
   *     exactly the number of epochs and keep the last weights
   * @throws DivergedException if the cost grows beyond all bounds
   * @throws TrainingFaultException if the device fails
   */
  public TrainingResult fit(NetworkSpec spec, Dataset train, @Nullable Dataset dev) {
    Standardizer standardizer = null;
    TargetScale targetScale = null;
    if (settings.standardize()) {
      standardizer = Standardizer.fit(train.features(), train.featureNames(), this::warn);
      if (train.target() instanceof Target.Numbers numbers) {
        targetScale = TargetScale.of(numbers);
      }
    }
    boolean symmetric =
        settings.initializer() instanceof Initializer.Zeros && !spec.hidden().isEmpty();
    if (symmetric) {
      warn(
          "with zeros as first weights all hidden units of a layer stay identical for ever; use"
              + " another initialisation unless this is what you want to see");
    }
    Weights initial = settings.initializer().create(spec, settings.seed());
    return run(initial, settings.initializer().toString(), train, dev, standardizer, targetScale);
  }

  /**
   * Goes on from a model: with its network, weights and preprocessing. A model from another tool
   * takes the data's columns in their order, and nothing is standardised.
   *
   * @param from a model whose inputs and outputs fit the data
   * @throws DivergedException if the cost grows beyond all bounds
   * @throws TrainingFaultException if the device fails
   */
  public TrainingResult fit(Model from, Dataset train, @Nullable Dataset dev) {
    return run(
        from.weights(), "a given model", train, dev, from.standardizer(), from.targetScale());
  }

  private TrainingResult run(
      Weights initial,
      String origin,
      Dataset train,
      @Nullable Dataset dev,
      @Nullable Standardizer standardizer,
      @Nullable TargetScale targetScale) {
    NetworkSpec spec = initial.spec();
    requireFit(spec, train);
    if (dev != null) {
      requireFit(spec, dev);
    }
    List<String> classes =
        train.target() instanceof Target.Classes known ? known.names() : List.of();
    Output output = spec.output();
    DatasetSource source = new DatasetSource(train, output, standardizer, targetScale);
    DatasetSource devSource =
        dev == null ? null : new DatasetSource(dev, output, standardizer, targetScale);
    long batch = Math.min(settings.batchSize(), train.rows());
    ModelPlan model = new ModelPlan(initial, settings.optimizer(), settings.l2(), settings.seed());
    try (TrainingSession session =
        TrainingSession.open(backend, source, devSource, batch, List.of(model))) {
      TrainingEngine engine = session.engine();
      Map<String, String> entries = describe(train, dev, batch, engine.name());
      entries.put("standardize", Boolean.toString(standardizer != null));
      entries.put("initializer", origin);
      TrainingRun run =
          new TrainingRun(
              engine,
              session.plan(),
              session.dev(),
              settings,
              targetScale == null ? 1 : targetScale.deviation(),
              weights ->
                  new Model(
                      weights,
                      train.task(),
                      train.featureNames(),
                      train.targetName(),
                      classes,
                      standardizer,
                      targetScale,
                      entries),
              listeners,
              stop);
      long devRows = dev == null ? 0 : dev.rows();
      TrainingListener.Start start =
          new TrainingListener.Start(
              spec,
              train.rows(),
              devRows,
              settings.epochs(),
              backend.device(),
              engine.name(),
              session.placement());
      listeners.forEach(listener -> listener.onStart(start));
      return run.toTheEnd();
    }
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

  /** How the model came about: everything that decides its weights. */
  private Map<String, String> describe(
      Dataset train, @Nullable Dataset dev, long batch, String engine) {
    Map<String, String> entries = new LinkedHashMap<>(provenance);
    Optimizer optimizer = settings.optimizer();
    entries.put("rows", Long.toString(train.rows()));
    entries.put("dev_rows", Long.toString(dev == null ? 0 : dev.rows()));
    entries.put("optimizer", optimizer.toString());
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
    return entries;
  }

  private void warn(String warning) {
    listeners.forEach(listener -> listener.onWarning(warning));
  }
}
