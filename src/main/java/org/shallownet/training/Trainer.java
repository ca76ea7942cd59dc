package org.shallownet.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;

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
  private Checkpointing checkpointing = Checkpointing.NONE;

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
   * steps, several times a second. An interrupted thread ends it likewise, and stays interrupted.
   */
  public Trainer stopWhen(BooleanSupplier condition) {
    stop = condition;
    return this;
  }

  /**
   * Has checkpoints written: all that it takes to go on after a power cut, with {@link #resume}.
   * That one can't be written is a warning. The last one stays when training has ended; a file of
   * another training that is in its place is renamed, to {@code NAME.previous.checkpoint}.
   */
  public Trainer checkpoint(Path file, CheckpointSchedule schedule) {
    checkpointing = checkpointing.to(file, schedule);
    return this;
  }

  /**
   * The next {@link #fit} goes on where a checkpoint was written, to the same bits as if it had
   * never been broken off; on another device up to rounding. Data and settings must be those that
   * it was begun with.
   */
  public Trainer resume(Path checkpoint) {
    checkpointing = checkpointing.from(checkpoint);
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
   * <p>If the samples have weights ({@link Dataset#weights}), costs and scores are weighted means.
   * Of two data sets one may have none: its samples then weigh 1 each. What prepares the columns,
   * medians, means and deviations, takes every row the same, whatever it weighs.
   *
   * @param spec a network that fits the data, such as {@code data.network().withHidden(64, RELU)};
   *     for counts also {@code data.network().withOutput(EXPONENTIAL_POISSON)}
   * @param train the samples to learn from
   * @param dev samples to judge each epoch by, of the same columns and classes; null to train for
   *     exactly the number of epochs and keep the last weights
   * @throws org.shallownet.data.DataException if no row of one of the sets has a weight above 0, or
   *     an exponential output is to learn a negative number
   * @throws DivergedException if the cost grows beyond all bounds
   * @throws TrainingFaultException if something fails after an epoch has ended, or the device at
   *     any time
   */
  public TrainingResult fit(NetworkSpec spec, Dataset train, @Nullable Dataset dev) {
    Preparation preparation =
        Preparation.fit(train, spec.output(), settings.standardize(), this::warn);
    NetworkStart start = NetworkStart.of(spec, settings, this::warn);
    return run(start, train, dev, preparation);
  }

  /**
   * Goes on from a model: with its network, weights and preparation. A model from another tool
   * takes the data's columns in their order, and standardises them only if it did so itself.
   *
   * @param from a model whose inputs and outputs fit the data
   * @throws IllegalArgumentException if it is from another tool and applies functions that are none
   *     of our activations
   * @throws DivergedException if the cost grows beyond all bounds
   * @throws TrainingFaultException if something fails after an epoch has ended, or the device at
   *     any time
   */
  public TrainingResult fit(Model from, Dataset train, @Nullable Dataset dev) {
    NetworkStart start = new NetworkStart(from.spec(), from::weights, "a given model", settings);
    return run(start, train, dev, Preparation.of(from, train));
  }

  private TrainingResult run(
      NetworkStart start, Dataset train, @Nullable Dataset dev, Preparation preparation) {
    TrainingJob job =
        new TrainingJob(backend, train, dev, preparation, provenance)
            .with(checkpointing, this::warn);
    Outcomes.Outcome outcome =
        job.run(List.of(start), new Reporter(start, train, dev), stop).get(0);
    RuntimeException failure = outcome.failure();
    if (failure != null) {
      throw failure;
    }
    return outcome.result();
  }

  /** Passes on to the listeners what the run of the one network reports. */
  private final class Reporter implements TrainingRun.Observer {
    private final NetworkStart start;
    private final Dataset train;
    private final @Nullable Dataset dev;

    private Reporter(NetworkStart start, Dataset train, @Nullable Dataset dev) {
      this.start = start;
      this.train = train;
      this.dev = dev;
    }

    @Override
    public void onStart(TrainingSession session, int networks) {
      long devRows = dev == null ? 0 : dev.rows();
      TrainingListener.Start begun =
          new TrainingListener.Start(
              start.spec(),
              train.rows(),
              devRows,
              settings.epochs(),
              dev == null ? 0 : settings.patience(),
              backend.device(),
              session.engine().name(),
              session.placement());
      listeners.forEach(listener -> listener.onStart(begun));
    }

    @Override
    public void onResume(ModelRun model, List<EpochReport> before) {
      listeners.forEach(listener -> listener.onResume(before));
    }

    @Override
    public void onProgress(int epoch, long samples, double seconds) {
      TrainingListener.Progress soFar = new TrainingListener.Progress(epoch, samples, seconds);
      listeners.forEach(listener -> listener.onProgress(soFar));
    }

    @Override
    public void onEpoch(ModelRun model, EpochReport report) {
      listeners.forEach(listener -> listener.onEpoch(report));
    }
  }

  private void warn(String warning) {
    listeners.forEach(listener -> listener.onWarning(warning));
  }
}
