package org.shallownet.training.comparison;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.shallownet.backend.Backend;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.model.Model;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.ensemble.OutOfFold;
import org.shallownet.training.ensemble.Spread;

/**
 * What a comparison found.
 *
 * @param ranking the candidates, the best first: those with a result from every seed, then those of
 *     which a seed diverged, failed or was interrupted before its first epoch ended, last those
 *     without any result; within these by their mean dev cost, then by their number of parameters,
 *     the smaller first
 * @param engine the name of the engine that trained
 * @param seconds how long training took, loading excluded
 * @param samplesPerSecond how many training samples were processed in a second, each counted once
 *     for every network that saw it
 */
public record ComparisonResult(
    List<Standing> ranking, String engine, double seconds, double samplesPerSecond) {
  private static final Comparator<Standing> BEST_FIRST =
      Comparator.comparingInt(Standing::incompleteness)
          .thenComparingDouble(standing -> standing.devCost().mean())
          .thenComparingInt(standing -> standing.candidate().network().parameterCount());

  /** Ranks the candidates. */
  public ComparisonResult {
    ranking = ranking.stream().sorted(BEST_FIRST).toList();
  }

  /** The candidate ranked first; none if no network ended an epoch well. */
  public Optional<Standing> best() {
    return ranking.stream().filter(standing -> standing.best().isPresent()).findFirst();
  }

  /**
   * Whether a candidate is as good as the first one for all that can be told. By a dev set: if the
   * means are no further apart than {@link Spread#isWithinNoiseOf} says of two seeds. By folds: if
   * the mean difference on the same fold is at most two of its standard errors.
   */
  public boolean isWithinNoise(Standing standing) {
    Standing first = ranking.get(0);
    if (standing.candidate().equals(first.candidate())) {
      return false;
    }
    if (!first.isByFolds()) {
      return standing.devCost().isWithinNoiseOf(first.devCost());
    }
    Map<Integer, Double> least = first.costByFold();
    Map<Integer, Double> own = standing.costByFold();
    Spread difference =
        Spread.of(
            own.entrySet().stream()
                .mapToDouble(
                    fold -> fold.getValue() - least.getOrDefault(fold.getKey(), Double.NaN))
                .filter(value -> !Double.isNaN(value))
                .toArray());
    return Math.abs(difference.mean()) <= 2 * difference.error();
  }

  /** Whether it was asked to stop before all networks had ended. */
  public boolean isInterrupted() {
    return ranking.stream()
        .flatMap(standing -> standing.runs().stream())
        .anyMatch(run -> run.result().ending() == TrainingResult.Ending.INTERRUPTED);
  }

  /**
   * How a candidate did.
   *
   * @param runs one for each seed, and where folds judge for each seed and fold
   */
  public record Standing(Candidate candidate, List<SeedResult> runs) {
    /** Copies the list. */
    public Standing {
      runs = List.copyOf(runs);
    }

    /** Whether folds judge, rather than a dev set. */
    public boolean isByFolds() {
      return runs.get(0).fold() != SeedResult.DEV_SET;
    }

    /**
     * The lowest dev cost that each seed came to, without those that diverged. Where folds judge:
     * the mean over the seeds of what they came to on a fold, one for each fold.
     */
    public Spread devCost() {
      return spread(SeedResult::devCost);
    }

    /**
     * What the seeds came to where folds judge: of each that has a sound network for every fold,
     * the mean over the folds. How far these lie apart is what first weights and the order of
     * samples decide.
     */
    public Spread costOfSeeds() {
      return Spread.of(
          soundSeeds().values().stream()
              .mapToDouble(own -> Spread.of(costs(own)).mean())
              .toArray());
    }

    /** The dev score of the same epochs: accuracy, or the root mean squared error. */
    public Spread devScore() {
      return spread(SeedResult::devScore);
    }

    /** How many epochs the seeds were trained, without those that diverged. */
    public Spread epochs() {
      return spread(run -> run.result().epochs());
    }

    /** What its networks came to on each fold, the mean over the seeds. */
    private Map<Integer, Double> costByFold() {
      return byFold(SeedResult::devCost);
    }

    private Map<Integer, Double> byFold(ToDoubleFunction<SeedResult> value) {
      return runs.stream()
          .filter(SeedResult::isSound)
          .collect(
              Collectors.groupingBy(
                  SeedResult::fold, TreeMap::new, Collectors.averagingDouble(value)));
    }

    /**
     * The seed whose networks did best on the folds in the mean, of those that have a network for
     * each; none if no seed has.
     */
    public OptionalLong bestSeed() {
      return soundSeeds().entrySet().stream()
          .min(Comparator.comparingDouble(entry -> Spread.of(costs(entry.getValue())).mean()))
          .map(entry -> OptionalLong.of(entry.getKey()))
          .orElse(OptionalLong.empty());
    }

    /** The runs of each seed all of whose runs ended well. */
    private Map<Long, List<SeedResult>> soundSeeds() {
      Map<Long, List<SeedResult>> bySeed =
          runs.stream()
              .collect(Collectors.groupingBy(SeedResult::seed, TreeMap::new, Collectors.toList()));
      bySeed.values().removeIf(own -> !own.stream().allMatch(SeedResult::isSound));
      return bySeed;
    }

    private static double[] costs(List<SeedResult> runs) {
      return runs.stream().mapToDouble(SeedResult::devCost).toArray();
    }

    /** A seed's runs, fold by fold. */
    public List<SeedResult> runs(long seed) {
      return runs.stream().filter(run -> run.seed() == seed).toList();
    }

    /**
     * For how many epochs to train a network of this seed where nothing judges it: the median of
     * the best epochs of the seed's runs, of two in the middle the later one.
     */
    public int medianEpoch(long seed) {
      int[] epochs =
          runs(seed).stream().mapToInt(run -> run.result().bestEpoch()).sorted().toArray();
      return epochs[epochs.length / 2];
    }

    /**
     * When its last seed ended, in seconds since training began. It had the machine not for itself:
     * all networks are trained side by side.
     */
    public double seconds() {
      return runs.stream().mapToDouble(run -> run.result().seconds()).max().orElse(0);
    }

    /**
     * How good it is on all rows of the data, each answered by the network of a fold that has not
     * learned from it. A little too good, since folds have stopped the networks.
     *
     * @param seed of which there is a sound network for each fold, such as {@link #bestSeed}
     * @param data what was trained on, perhaps with other weights
     * @param folds that the networks were judged by
     */
    public Metrics crossValidation(Backend backend, long seed, Dataset data, Folds folds) {
      List<Model> models = runs(seed).stream().map(run -> run.result().model()).toList();
      return OutOfFold.metrics(backend, data, folds, models);
    }

    /** How many trainings diverged. */
    public int diverged() {
      return (int) runs.stream().filter(SeedResult::isDiverged).count();
    }

    /** How many trainings the device failed, before or within, or its memory did not hold. */
    public int failed() {
      return (int)
          runs.stream()
              .filter(run -> run.result().ending() == TrainingResult.Ending.FAILED)
              .count();
    }

    /** 0 if every training brought a result, 1 if some did, 2 if none did. */
    private int incompleteness() {
      if (best().isEmpty()) {
        return 2;
      }
      return failed() == 0 && runs.stream().allMatch(SeedResult::isSound) ? 0 : 1;
    }

    /** The training with the lowest dev cost; none if none ended an epoch well. */
    public Optional<SeedResult> best() {
      return runs.stream()
          .filter(SeedResult::isSound)
          .min(Comparator.comparingDouble(SeedResult::devCost));
    }

    private Spread spread(ToDoubleFunction<SeedResult> value) {
      return isByFolds()
          ? Spread.of(byFold(value).values().stream().mapToDouble(mean -> mean).toArray())
          : Spread.of(runs.stream().filter(SeedResult::isSound).mapToDouble(value).toArray());
    }
  }

  /**
   * One training of a candidate.
   *
   * @param seed decides first weights and the order of the samples
   * @param fold the fold that judges it and that it does not learn from, from 0; {@link #DEV_SET}
   *     if a dev set judges
   * @param result exactly what training it alone gives, but for the seconds
   */
  public record SeedResult(long seed, int fold, TrainingResult result) {
    /** Instead of a fold: a dev set judges. */
    public static final int DEV_SET = -1;

    /** A training judged by a dev set. */
    public SeedResult(long seed, TrainingResult result) {
      this(seed, DEV_SET, result);
    }

    /** Whether its cost grew beyond all bounds. */
    public boolean isDiverged() {
      return result.ending() == TrainingResult.Ending.DIVERGED;
    }

    /** Whether an epoch has ended, and it did not diverge. */
    public boolean isSound() {
      return !isDiverged() && result.bestEpoch() > 0;
    }

    /**
     * The dev cost of the weights kept, or that on the fold; not a number before an epoch has
     * ended.
     */
    public double devCost() {
      return result.best().map(EpochReport::devCost).orElse(Double.NaN);
    }

    /**
     * The dev score of the weights kept, or that on the fold; not a number before an epoch has
     * ended.
     */
    public double devScore() {
      return result.best().map(EpochReport::devScore).orElse(Double.NaN);
    }
  }
}
