package org.shallownet.training;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;

/**
 * Trains many networks at once on the same data, each with several seeds, and ranks them by their
 * cost on the dev set.
 *
 * <p>Each network is trained as a {@link Trainer} would train it alone, to the same bits (unless a
 * device's memory is so short that networks work on fewer samples at a time beside each other), and
 * ends when its own early stopping says so. One that diverges is left behind.
 *
 * <p>Only the thread that opened the backend may use it.
 */
public final class Comparison {
  private final Backend backend;
  private final TrainingSettings settings;
  private final List<ComparisonListener> listeners = new ArrayList<>();
  private final Map<String, String> provenance = new LinkedHashMap<>();
  private BooleanSupplier stop = () -> false;
  private Checkpointing checkpointing = Checkpointing.NONE;

  /**
   * A comparison on this backend, which stays the caller's to close.
   *
   * @param settings what all networks have in common; optimizer and L2 are the candidates' own, and
   *     the seed is that of the first of several
   */
  public Comparison(Backend backend, TrainingSettings settings) {
    this.backend = backend;
    this.settings = settings;
  }

  /** Adds a listener. */
  public Comparison listen(ComparisonListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Ends all trainings after the step under way when this becomes true. It is asked after every
   * slice of steps, several times a second. An interrupted thread ends it likewise, and stays
   * interrupted.
   */
  public Comparison stopWhen(BooleanSupplier condition) {
    stop = condition;
    return this;
  }

  /**
   * Has checkpoints written: all that it takes to go on after a power cut, with {@link #resume}.
   * That one can't be written is a warning. The last one stays when training has ended; a file of
   * another training that is in its place is renamed, to {@code NAME.previous.checkpoint}.
   */
  public Comparison checkpoint(Path file, CheckpointSchedule schedule) {
    checkpointing = checkpointing.to(file, schedule);
    return this;
  }

  /**
   * The next {@link #run} goes on where a checkpoint was written, to the same bits as if it had
   * never been broken off; on another device up to rounding. Data and settings must be those that
   * it was begun with.
   */
  public Comparison resume(Path checkpoint) {
    checkpointing = checkpointing.from(checkpoint);
    return this;
  }

  /** Adds an entry to the provenance of the models to come, such as where the data is from. */
  public Comparison provenance(String key, String value) {
    provenance.put(key, value);
    return this;
  }

  /**
   * Trains every candidate with every seed.
   *
   * @param candidates networks that fit the data, such as from {@link Candidate#grid}
   * @param seeds how many seeds, from the settings' own upwards: they decide first weights and the
   *     order of the samples
   * @param train the samples to learn from
   * @param dev samples to judge each epoch by, of the same columns and classes
   * @throws ComparisonFaultException if the device fails, or after all others have ended if its
   *     memory does not hold a network even alone
   * @throws org.shallownet.backend.DeviceMemoryException if the memory holds none of the networks
   */
  public ComparisonResult run(List<Candidate> candidates, int seeds, Dataset train, Dataset dev) {
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("there is no network to compare");
    }
    if (seeds < 1) {
      throw new IllegalArgumentException("there must be at least 1 seed, not " + seeds);
    }
    // By seed first: neighbours with the same seed share their batches.
    List<NetworkStart> starts = new ArrayList<>();
    Set<String> warnings = new LinkedHashSet<>();
    for (int s = 0; s < seeds; s++) {
      for (Candidate candidate : candidates) {
        TrainingSettings own = candidate.settings(settings, settings.seed() + s);
        starts.add(NetworkStart.of(candidate.network(), own, warnings::add));
      }
    }
    warnings.forEach(this::warn);
    Preparation preparation = Preparation.fit(train, settings.standardize(), this::warn);
    TrainingJob job =
        new TrainingJob(backend, train, dev, preparation, provenance)
            .with(checkpointing, this::warn);
    Reporter reporter = new Reporter(candidates, starts, train, dev);
    List<Outcomes.Outcome> outcomes = job.run(starts, reporter, stop);
    ComparisonResult result = result(candidates, starts, outcomes, reporter);
    TrainingFaultException worst = null;
    for (Outcomes.Outcome outcome : outcomes) {
      if (outcome.failure() instanceof TrainingFaultException fault
          && (worst == null || worst.isOutOfMemory())) {
        worst = fault;
      }
    }
    if (worst != null) {
      throw new ComparisonFaultException(result, worst);
    }
    return result;
  }

  private static ComparisonResult result(
      List<Candidate> candidates,
      List<NetworkStart> starts,
      List<Outcomes.Outcome> outcomes,
      Reporter reporter) {
    List<ComparisonResult.Standing> standings = new ArrayList<>();
    double samples = 0;
    for (int c = 0; c < candidates.size(); c++) {
      List<ComparisonResult.Run> own = new ArrayList<>();
      for (int i = c; i < outcomes.size(); i += candidates.size()) {
        TrainingResult result = outcomes.get(i).result();
        samples += result.samplesPerSecond() * result.seconds();
        own.add(new ComparisonResult.Run(starts.get(i).settings().seed(), result));
      }
      standings.add(new ComparisonResult.Standing(candidates.get(c), own));
    }
    double seconds = reporter.seconds();
    return new ComparisonResult(standings, reporter.engine, seconds, samples / seconds);
  }

  /** Puts together what the runs report, and passes it on to the listeners. */
  private final class Reporter implements TrainingRun.Observer {
    private final List<Candidate> candidates;
    private final List<NetworkStart> starts;
    private final Dataset train;
    private final Dataset dev;
    private final long began = System.nanoTime();
    private long groupBegan = began;
    private ComparisonListener.@Nullable Leader leader;
    private String engine = "";
    private int training;
    private int over;

    private Reporter(
        List<Candidate> candidates, List<NetworkStart> starts, Dataset train, Dataset dev) {
      this.candidates = candidates;
      this.starts = starts;
      this.train = train;
      this.dev = dev;
    }

    private double seconds() {
      return since(began);
    }

    private static double since(long nanoTime) {
      return (System.nanoTime() - nanoTime) * 1e-9;
    }

    @Override
    public void onStart(TrainingSession session, int networks) {
      training = networks;
      groupBegan = System.nanoTime();
      if (!engine.isEmpty()) {
        return;
      }
      engine = session.engine().name();
      ComparisonListener.Start start =
          new ComparisonListener.Start(
              starts.size(),
              train.rows(),
              dev.rows(),
              settings.epochs(),
              backend.device(),
              engine,
              session.placement());
      listeners.forEach(listener -> listener.onStart(start));
      if (networks < starts.size()) {
        warn("the backend's memory does not hold all networks at once; some wait for others");
      }
    }

    @Override
    public void onProgress(int epoch, long samples, double seconds) {
      tell(epoch - 1, samples);
    }

    @Override
    public void onEpoch(ModelRun model, EpochReport report) {
      if (leader == null || report.devCost() < leader.report().devCost()) {
        TrainingSettings own = starts.get(model.number()).settings();
        Candidate candidate = candidates.get(model.number() % candidates.size());
        leader = new ComparisonListener.Leader(candidate, own.seed(), report);
      }
      tell(report.epoch(), 0);
    }

    @Override
    public void onEnd(ModelRun model) {
      training--;
      over++;
    }

    @Override
    public void onLeftOut() {
      over++;
    }

    private void tell(int epochs, long samples) {
      ComparisonListener.Progress progress =
          new ComparisonListener.Progress(
              epochs, samples, training, over, seconds(), since(groupBegan), leader);
      listeners.forEach(listener -> listener.onProgress(progress));
    }
  }

  private void warn(String warning) {
    listeners.forEach(listener -> listener.onWarning(warning));
  }
}
