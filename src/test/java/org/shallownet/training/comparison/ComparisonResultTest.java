package org.shallownet.training.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;
import org.shallownet.training.EpochReport;
import org.shallownet.training.Planar;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;

/** Candidates, and how they are ranked. */
class ComparisonResultTest {
  private static final NetworkSpec LOGISTIC = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);

  /** A candidate with this many hidden units whose seeds came to these dev costs or diverged. */
  private static Standing standing(int hidden, double... devCosts) {
    return standing(hidden, TrainingResult.Ending.DIVERGED, devCosts);
  }

  /**
   * A candidate.
   *
   * @param without how those seeds ended whose dev cost is not a number
   */
  private static Standing standing(int hidden, TrainingResult.Ending without, double... devCosts) {
    NetworkSpec network = hidden == 0 ? LOGISTIC : LOGISTIC.withHidden(hidden, Activation.TANH);
    List<SeedResult> runs = new ArrayList<>();
    for (double cost : devCosts) {
      boolean none = Double.isNaN(cost);
      EpochReport report = new EpochReport(1, 1, cost, 1, 0.5, 0.75, true);
      TrainingResult result =
          new TrainingResult(
              Planar.model(Weights.of(network, new float[network.parameterCount()])),
              none ? List.of() : List.of(report),
              none ? 0 : 1,
              none ? 0 : 1,
              none ? without : TrainingResult.Ending.COMPLETED,
              "layered",
              runs.size() + 1,
              1);
      runs.add(new SeedResult(runs.size(), result));
    }
    return new Standing(new Candidate(network, Optimizer.Adam.of(0.01), 0), runs);
  }

  private static List<Standing> ranked(Standing... standings) {
    return new ComparisonResult(List.of(standings), "layered", 1, 1).ranking();
  }

  @Test
  void theLowestMeanIsFirstAndOfEqualOnesTheSmallest() {
    Standing wide = standing(8, 0.2, 0.4);
    Standing narrow = standing(2, 0.3, 0.3);
    Standing better = standing(9, 0.1, 0.3);
    assertThat(ranked(wide, narrow, better)).containsExactly(better, narrow, wide);
  }

  @Test
  void thoseThatDivergedComeAfterThoseThatDidNotAndLastThoseThatAlwaysDid() {
    Standing never = standing(1, 0.9, 0.9);
    Standing once = standing(2, 0.1, Double.NaN);
    Standing always = standing(3, Double.NaN, Double.NaN);
    ComparisonResult result = new ComparisonResult(List.of(always, once, never), "layered", 1, 1);
    assertThat(result.ranking()).containsExactly(never, once, always);
    assertThat(result.best()).contains(never);
    assertThat(once.devCost().mean()).isEqualTo(0.1);
    assertThat(once.devScore().mean()).isEqualTo(0.75);
    assertThat(once.diverged()).isEqualTo(1);
    assertThat(once.seconds()).isEqualTo(2);
    assertThat(once.best().orElseThrow().seed()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"FAILED", "INTERRUPTED"})
  void thoseWithAllSeedsComeFirstAndLastThoseWithNone(TrainingResult.Ending ending) {
    Standing whole = standing(1, 0.9, 0.9, 0.9);
    Standing once = standing(2, ending, 0.1, Double.NaN, Double.NaN);
    Standing twice = standing(3, 0.2, 0.2, Double.NaN);
    Standing never = standing(4, ending, Double.NaN, Double.NaN, Double.NaN);
    assertThat(ranked(never, twice, once, whole)).containsExactly(whole, once, twice, never);
  }

  /** Also if an epoch had ended by then. */
  @Test
  void thoseThatFailedInTrainingComeAfterThoseThatEnded() {
    Standing ended = standing(1, 0.9);
    Standing stoppedShort = standing(2, 0.1);
    TrainingResult result = stoppedShort.runs().get(0).result();
    Standing failed =
        new Standing(
            stoppedShort.candidate(),
            List.of(
                new SeedResult(
                    0,
                    new TrainingResult(
                        result.model(),
                        result.history(),
                        1,
                        1,
                        TrainingResult.Ending.FAILED,
                        "layered",
                        1,
                        1))));
    assertThat(ranked(failed, ended)).containsExactly(ended, failed);
  }

  @Test
  void noiseIsWhatSeedsAloneCanBringAbout() {
    Standing first = standing(1, 0.2, 0.4);
    Standing near = standing(2, 0.3, 0.5);
    Standing far = standing(3, 0.6, 0.6);
    ComparisonResult result = new ComparisonResult(List.of(far, near, first), "layered", 1, 1);
    assertThat(result.isWithinNoise(first)).isFalse();
    assertThat(result.isWithinNoise(near)).isTrue();
    assertThat(result.isWithinNoise(far)).isFalse();
  }

  @Test
  void theGridHasEveryCombinationOnce() {
    List<Candidate> grid =
        Candidate.grid(
            LOGISTIC,
            List.of(List.of(), List.of(4), List.of(8, 2)),
            List.of(Activation.RELU, Activation.IDENTITY, Activation.RELU),
            List.of(Optimizer.Adam.of(0.01), Optimizer.Adam.of(0.1)),
            0.5);
    assertThat(grid).hasSize(10).doesNotHaveDuplicates();
    assertThat(grid.subList(0, 3))
        .extracting(Candidate::network)
        .containsExactly(
            LOGISTIC,
            LOGISTIC.withHidden(4, Activation.RELU),
            LOGISTIC.withHidden(4, Activation.IDENTITY));
    assertThat(grid).extracting(Candidate::l2).containsOnly(0.5);
    assertThat(grid.subList(0, 5))
        .extracting(Candidate::isLinear)
        .containsExactly(true, false, true, false, true);
  }
}
