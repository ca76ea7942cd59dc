package org.shallownet.training.comparison;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelSamples;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.Task;
import org.shallownet.training.EpochReport;
import org.shallownet.training.ModelRun;
import org.shallownet.training.NetworkStart;
import org.shallownet.training.NetworksObserver;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.Outcomes;
import org.shallownet.training.Preparation;
import org.shallownet.training.TimeLeft;
import org.shallownet.training.Trainer;
import org.shallownet.training.Training;
import org.shallownet.training.TrainingFaultException;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSession;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.ensemble.FoldSamples;

/**
 * Trains many networks at once on the same data, each with several seeds, and ranks them by their
 * cost on the dev set, or on folds of the data.
 *
 * <p>Each network is trained as a {@link Trainer} would train it alone, to the same bits (unless a
 * device's memory is so short that networks work on fewer samples at a time beside each other), and
 * ends when its own early stopping says so. One that diverges is left behind.
 */
public final class Comparison extends Training<ComparisonListener, Comparison> {
  private final TrainingSettings settings;

  /**
   * A comparison on this backend, which stays the caller's to close.
   *
   * @param settings what all networks have in common; optimizer and L2 are the candidates' own, and
   *     the seed is that of the first of several
   */
  public Comparison(Backend backend, TrainingSettings settings) {
    super(backend);
    this.settings = settings;
  }

  @Override
  protected Comparison self() {
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
   * @throws org.shallownet.backend.device.DeviceMemoryException if the memory holds none of the
   *     networks
   */
  public ComparisonResult run(List<Candidate> candidates, int seeds, Dataset train, Dataset dev) {
    return run(new Subject(train, dev, null), candidates, seeds);
  }

  /**
   * The same, judged by folds: every candidate is trained with every seed once for each fold, on
   * all rows but the fold's, and is judged and stopped early by the fold.
   *
   * <p>Medians, means and deviations of the columns, and the scale of numeric targets, are found
   * from all rows.
   *
   * @param data the samples to learn from and to judge by
   * @param folds of this data
   * @throws ComparisonFaultException if the device fails, or after all others have ended if its
   *     memory does not hold a network even alone
   * @throws org.shallownet.backend.device.DeviceMemoryException if the memory holds none of the
   *     networks
   */
  public ComparisonResult run(List<Candidate> candidates, int seeds, Dataset data, Folds folds) {
    return run(new Subject(data, null, folds), candidates, seeds);
  }

  /** What is trained on and judged by: a dev set, or folds of the training rows. */
  private record Subject(Dataset train, @Nullable Dataset dev, @Nullable Folds folds) {
    /** What the networks see, one for each fold; for a dev set all, once. */
    List<ModelSamples> samples() {
      return folds == null ? List.of(ModelSamples.ALL) : FoldSamples.of(folds, train);
    }

    /** How many rows a network sees in an epoch; of several folds about. */
    double trainedRows() {
      return folds == null ? train.rows() : train.rows() * (1 - 1.0 / folds.count());
    }

    int foldCount() {
      return folds == null ? 0 : folds.count();
    }
  }

  /** One network of the comparison. */
  private record Trial(Candidate candidate, int fold, NetworkStart start) {}

  private ComparisonResult run(Subject subject, List<Candidate> candidates, int seeds) {
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("there is no network to compare");
    }
    if (seeds < 1) {
      throw new IllegalArgumentException("there must be at least 1 seed, not " + seeds);
    }
    List<Trial> trials = trials(subject, candidates, seeds);
    Preparation preparation =
        Preparation.fit(
            subject.train(),
            candidates.get(0).network().output(),
            settings.standardize(),
            this::warn);
    Reporter reporter = new Reporter(subject, trials);
    List<NetworkStart> starts = trials.stream().map(Trial::start).toList();
    List<Outcomes.Outcome> outcomes =
        run(starts, subject.train(), subject.dev(), preparation, reporter);
    ComparisonResult result = result(trials, outcomes, reporter);
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

  /** By seed and fold first: neighbours with the same of both share their batches. */
  private List<Trial> trials(Subject subject, List<Candidate> candidates, int seeds) {
    List<Trial> trials = new ArrayList<>();
    Set<String> warnings = new LinkedHashSet<>();
    List<ModelSamples> samples = subject.samples();
    for (int s = 0; s < seeds; s++) {
      for (int fold = 0; fold < samples.size(); fold++) {
        for (Candidate candidate : candidates) {
          TrainingSettings own = candidate.settings(settings, settings.seed() + s);
          NetworkStart start =
              NetworkStart.of(candidate.network(), own, warnings::add).on(samples.get(fold));
          int judge = subject.folds() == null ? ComparisonResult.SeedResult.DEV_SET : fold;
          trials.add(new Trial(candidate, judge, start));
        }
      }
    }
    warnings.forEach(this::warn);
    return trials;
  }

  private static ComparisonResult result(
      List<Trial> trials, List<Outcomes.Outcome> outcomes, Reporter reporter) {
    Map<Candidate, List<ComparisonResult.SeedResult>> runs = new LinkedHashMap<>();
    double samples = 0;
    for (int i = 0; i < outcomes.size(); i++) {
      Trial trial = trials.get(i);
      TrainingResult result = outcomes.get(i).result();
      samples += result.samplesPerSecond() * result.seconds();
      runs.computeIfAbsent(trial.candidate(), candidate -> new ArrayList<>())
          .add(
              new ComparisonResult.SeedResult(
                  trial.start().settings().seed(), trial.fold(), result));
    }
    List<ComparisonResult.Standing> standings = new ArrayList<>();
    runs.forEach((candidate, own) -> standings.add(new ComparisonResult.Standing(candidate, own)));
    double seconds = reporter.seconds();
    return new ComparisonResult(standings, reporter.engine(), seconds, samples / seconds);
  }

  /** Passes on to the listeners what the networks report. */
  private final class Reporter extends NetworksObserver {
    private final Subject subject;
    private final List<Trial> trials;
    private final List<List<Integer>> together;
    private final @Nullable EpochReport[] best;
    private ComparisonListener.@Nullable Leader leader;

    private Reporter(Subject subject, List<Trial> trials) {
      super(
          trials.size(),
          subject.trainedRows(),
          new TimeLeft(
              settings.patience(), settings.epochs(), subject.train().task() == Task.REGRESSION),
          Comparison.this::warn);
      this.subject = subject;
      this.trials = trials;
      this.together = together(trials.stream().map(Trial::candidate).toList());
      this.best = new EpochReport[trials.size()];
    }

    @Override
    protected void begin(TrainingSession session) {
      ComparisonListener.Start start =
          new ComparisonListener.Start(
              trials.size(),
              subject.train().rows(),
              subject.dev() == null ? 0 : subject.dev().rows(),
              subject.foldCount(),
              settings.epochs(),
              backend().device(),
              session.engine().name(),
              session.placement());
      Comparison.this.tell(listener -> listener.onStart(start));
    }

    @Override
    protected void recall(int number, List<EpochReport> before) {
      before.forEach(report -> note(number, report));
    }

    @Override
    protected void hear(ModelRun model, EpochReport report) {
      note(model.number(), report);
    }

    private void note(int number, EpochReport report) {
      if (report.best()) {
        best[number] = report;
        lead(number, report);
      }
    }

    @Override
    protected void tell(NetworksProgress progress) {
      Comparison.this.tell(listener -> listener.onProgress(progress, leader));
    }

    /** Takes note of the candidate of a network that was never better, if no other is as good. */
    private void lead(int number, EpochReport report) {
      double devCost = report.devCost();
      double devScore = report.devScore();
      if (subject.folds() != null) {
        // The rows of one fold may be easier than those of another.
        List<Double> costs = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        for (int other : together.get(number)) {
          EpochReport own = best[other];
          if (own == null) {
            return;
          }
          costs.add(own.devCost());
          scores.add(own.devScore());
        }
        devCost = mean(costs);
        devScore = mean(scores);
      }
      if (leader == null || devCost < leader.devCost()) {
        Candidate candidate = trials.get(number).candidate();
        leader = new ComparisonListener.Leader(candidate, devCost, devScore);
      }
    }
  }

  /**
   * For each network the numbers of all networks of its candidate, in order: one list for all of
   * them, so that nobody has to look through all networks whenever one of them gets better.
   *
   * @param candidates that of each network
   */
  static List<List<Integer>> together(List<Candidate> candidates) {
    Map<Candidate, List<Integer>> numbers = new HashMap<>();
    List<List<Integer>> together = new ArrayList<>();
    for (Candidate candidate : candidates) {
      List<Integer> own = numbers.computeIfAbsent(candidate, key -> new ArrayList<>());
      own.add(together.size());
      together.add(own);
    }
    return together;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(value -> value).average().orElse(Double.NaN);
  }
}
