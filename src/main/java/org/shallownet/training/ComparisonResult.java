package org.shallownet.training;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

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

  /** Whether a candidate is as good as the first one for all that the seeds can tell. */
  public boolean isWithinNoise(Standing standing) {
    Standing first = ranking.get(0);
    return !standing.candidate().equals(first.candidate())
        && standing.devCost().isWithinNoiseOf(first.devCost());
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
   * @param runs one for each seed
   */
  public record Standing(Candidate candidate, List<Run> runs) {
    /** Copies the list. */
    public Standing {
      runs = List.copyOf(runs);
    }

    /** The lowest dev cost that each seed came to, without those that diverged. */
    public Spread devCost() {
      return spread(Run::devCost);
    }

    /** The dev score of the same epochs: accuracy, or the root mean squared error. */
    public Spread devScore() {
      return spread(Run::devScore);
    }

    /** How many epochs the seeds were trained, without those that diverged. */
    public Spread epochs() {
      return spread(run -> run.result().epochs());
    }

    /**
     * When its last seed ended, in seconds since training began. It had the machine not for itself:
     * all networks are trained side by side.
     */
    public double seconds() {
      return runs.stream().mapToDouble(run -> run.result().seconds()).max().orElse(0);
    }

    /** How many seeds diverged. */
    public int diverged() {
      return (int) runs.stream().filter(Run::isDiverged).count();
    }

    /** How many seeds the device failed, in training or before, or its memory did not hold. */
    public int failed() {
      return (int)
          runs.stream()
              .filter(run -> run.result().ending() == TrainingResult.Ending.FAILED)
              .count();
    }

    /** 0 if every seed brought a result, 1 if some did, 2 if none did. */
    private int incompleteness() {
      if (best().isEmpty()) {
        return 2;
      }
      return failed() == 0 && runs.stream().allMatch(Run::isSound) ? 0 : 1;
    }

    /** The seed with the lowest dev cost; none if no seed ended an epoch well. */
    public Optional<Run> best() {
      return runs.stream().filter(Run::isSound).min(Comparator.comparingDouble(Run::devCost));
    }

    private Spread spread(ToDoubleFunction<Run> value) {
      return Spread.of(runs.stream().filter(Run::isSound).mapToDouble(value).toArray());
    }
  }

  /**
   * One training of a candidate.
   *
   * @param seed decides first weights and the order of the samples
   * @param result exactly what training it alone gives, but for the seconds
   */
  public record Run(long seed, TrainingResult result) {
    /** Whether its cost grew beyond all bounds. */
    public boolean isDiverged() {
      return result.ending() == TrainingResult.Ending.DIVERGED;
    }

    /** Whether an epoch has ended, and it did not diverge. */
    public boolean isSound() {
      return !isDiverged() && result.bestEpoch() > 0;
    }

    /** The dev cost of the weights kept; not a number before an epoch has ended. */
    public double devCost() {
      return result.best().map(EpochReport::devCost).orElse(Double.NaN);
    }

    /** The dev score of the weights kept; not a number before an epoch has ended. */
    public double devScore() {
      return result.best().map(EpochReport::devScore).orElse(Double.NaN);
    }
  }
}
