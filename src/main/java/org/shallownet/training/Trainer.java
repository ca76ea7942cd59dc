package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.model.Model;
import org.shallownet.network.NetworkSpec;

/** Trains a network on a data set and gives back a {@link Model}. */
public final class Trainer extends Training<TrainingListener, Trainer> {
  private final TrainingSettings settings;

  /** A trainer on this backend, which stays the caller's to close. */
  public Trainer(Backend backend, TrainingSettings settings) {
    super(backend);
    this.settings = settings;
  }

  @Override
  protected Trainer self() {
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
    NetworkStart start = new NetworkStart(from.spec(), from::weights, NetworkStart.GIVEN, settings);
    return run(start, train, dev, Preparation.of(from, train));
  }

  private TrainingResult run(
      NetworkStart start, Dataset train, @Nullable Dataset dev, Preparation preparation) {
    Reporter reporter = new Reporter(start, train, dev);
    Outcomes.Outcome outcome = run(List.of(start), train, dev, preparation, reporter).get(0);
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
              backend().device(),
              session.engine().name(),
              session.placement());
      tell(listener -> listener.onStart(begun));
    }

    @Override
    public void onResume(int number, List<EpochReport> before) {
      tell(listener -> listener.onResume(before));
    }

    @Override
    public void onProgress(int epoch, long samples, double seconds) {
      TrainingListener.Progress soFar = new TrainingListener.Progress(epoch, samples, seconds);
      tell(listener -> listener.onProgress(soFar));
    }

    @Override
    public void onEpoch(ModelRun model, EpochReport report) {
      tell(listener -> listener.onEpoch(report));
    }
  }
}
