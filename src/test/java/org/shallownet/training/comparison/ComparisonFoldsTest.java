package org.shallownet.training.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.Folds;
import org.shallownet.data.Split;
import org.shallownet.model.metrics.Metrics;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;
import org.shallownet.training.EpochReport;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.comparison.ComparisonResult.SeedResult;
import org.shallownet.training.comparison.ComparisonResult.Standing;
import org.shallownet.training.ensemble.Mixture;

/** Comparisons that folds judge, and ensembles of a comparison's networks. */
class ComparisonFoldsTest {
  private static final Dataset DATA = Planar.data();
  private static final int FOLDS = 4;
  private static final Folds PARTS = Folds.stratified(DATA, FOLDS, 3, 0);

  /** Without scales, which are found from all rows. */
  private static final TrainingSettings SETTINGS =
      TrainingSettings.defaults().withEpochs(25).withPatience(5).withSeed(7).withStandardize(false);

  private static final List<Candidate> CANDIDATES =
      Candidate.grid(
          DATA.network(),
          List.of(List.of(), List.of(6), List.of(5, 3)),
          List.of(Activation.TANH, Activation.RELU),
          List.of(Optimizer.Adam.of(0.03)),
          1e-3);

  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private ComparisonResult byFolds() {
    return new Comparison(backend, SETTINGS).run(CANDIDATES, 2, DATA, PARTS);
  }

  /** Its weights and epochs to the last bit: nothing of the fold has a part in its steps. */
  @Test
  void eachNetworkIsTrainedAsIfAloneOnTheOtherRowsAndStoppedByItsFold() {
    ComparisonResult result = byFolds();
    assertThat(result.ranking()).hasSize(5);
    for (Standing standing : result.ranking()) {
      assertThat(standing.runs()).hasSize(2 * FOLDS);
      assertThat(standing.isByFolds()).isTrue();
      for (SeedResult run : standing.runs()) {
        TrainingResult alone =
            new Trainer(backend, standing.candidate().settings(SETTINGS, run.seed()))
                .fit(
                    standing.candidate().network(),
                    DATA.select(PARTS.others(run.fold())),
                    DATA.select(PARTS.rows(run.fold())));
        assertThat(run.result().model().weights()).isEqualTo(alone.model().weights());
        assertThat(run.result().bestEpoch()).isEqualTo(alone.bestEpoch());
        assertThat(run.devCost()).isCloseTo(alone.best().orElseThrow().devCost(), within(1e-6));
      }
    }
  }

  @Test
  void theSpreadIsOverFoldsOfMeansOverSeeds() {
    Standing first = byFolds().ranking().get(0);
    double[] means = new double[FOLDS];
    for (SeedResult run : first.runs()) {
      means[run.fold()] += run.devCost() / 2;
    }
    double mean = 0;
    for (double value : means) {
      mean += value / FOLDS;
    }
    double squares = 0;
    for (double value : means) {
      squares += (value - mean) * (value - mean);
    }
    assertThat(first.devCost().mean()).isCloseTo(mean, within(1e-12));
    assertThat(first.devCost().error())
        .isCloseTo(Math.sqrt(squares / (FOLDS - 1) / FOLDS), within(1e-12));
    assertThat(first.devCost().count()).isEqualTo(FOLDS);
  }

  @Test
  void theBestSeedIsThatOfTheLowestMeanAndItsEpochsTheMedian() {
    for (Standing standing : byFolds().ranking()) {
      double[] means = new double[2];
      for (SeedResult run : standing.runs()) {
        means[(int) (run.seed() - 7)] += run.devCost() / FOLDS;
      }
      assertThat(standing.costOfSeeds().count()).isEqualTo(2);
      assertThat(standing.costOfSeeds().deviation())
          .isCloseTo(Math.abs(means[0] - means[1]) / Math.sqrt(2), within(1e-12));
      long seed = standing.bestSeed().orElseThrow();
      assertThat(seed).isEqualTo(means[1] < means[0] ? 8 : 7);
      List<Integer> epochs =
          new ArrayList<>(
              standing.runs(seed).stream().map(run -> run.result().bestEpoch()).sorted().toList());
      assertThat(epochs).hasSize(FOLDS);
      assertThat(standing.medianEpoch(seed)).isEqualTo(epochs.get(2));
    }
  }

  /** One fold is far harder than the others, for both alike. */
  @Test
  void differencesAreTakenFoldByFold() {
    Standing first = standing(2, 0.2, 0.3, 0.9, 0.25);
    Standing alike = standing(3, 0.21, 0.29, 0.92, 0.25);
    Standing worse = standing(4, 0.25, 0.36, 0.95, 0.31);
    ComparisonResult result = new ComparisonResult(List.of(worse, alike, first), "tiled", 1, 1);
    assertThat(result.ranking()).containsExactly(first, alike, worse);
    assertThat(result.isWithinNoise(first)).isFalse();
    assertThat(result.isWithinNoise(alike)).isTrue();
    assertThat(result.isWithinNoise(worse)).isFalse();
    assertThat(worse.devCost().mean() - first.devCost().mean()).isLessThan(first.devCost().error());
  }

  private static Standing standing(int hidden, double... costs) {
    Candidate candidate =
        new Candidate(
            DATA.network().withHidden(hidden, Activation.TANH), Optimizer.Adam.of(0.01), 0);
    List<SeedResult> runs = new ArrayList<>();
    for (double cost : costs) {
      EpochReport report = new EpochReport(1, 1, cost, 1, 0.5, 0.75, true);
      runs.add(
          new SeedResult(
              0,
              runs.size(),
              new TrainingResult(
                  Planar.model(
                      Weights.of(
                          candidate.network(), new float[candidate.network().parameterCount()])),
                  List.of(report),
                  1,
                  1,
                  TrainingResult.Ending.COMPLETED,
                  "tiled",
                  1,
                  1)));
    }
    return new Standing(candidate, runs);
  }

  @Test
  void crossValidationAnswersEachRowByTheNetworkThatHasNotSeenIt() {
    Standing first = byFolds().ranking().get(0);
    Metrics metrics = first.crossValidation(backend, 8, DATA, PARTS);
    double loss = 0;
    double hits = 0;
    for (SeedResult run : first.runs(8)) {
      Dataset fold = DATA.select(PARTS.rows(run.fold()));
      Map<String, Double> own = run.result().model().evaluate(backend, fold).asMap();
      loss += own.get("log_loss") * fold.rows() / DATA.rows();
      hits += own.get("accuracy") * fold.rows() / DATA.rows();
    }
    assertThat(metrics.asMap().get("log_loss")).isCloseTo(loss, within(1e-9));
    assertThat(metrics.asMap().get("accuracy")).isCloseTo(hits, within(1e-9));
  }

  @Test
  void theLeaderIsTheCandidateOfTheLowestMeanOfAllItsNetworks() {
    List<ComparisonListener.@Nullable Leader> leaders = new ArrayList<>();
    List<ComparisonListener.Start> starts = new ArrayList<>();
    ComparisonResult result =
        new Comparison(backend, SETTINGS)
            .listen(
                new ComparisonListener() {
                  @Override
                  public void onStart(Start start) {
                    starts.add(start);
                  }

                  @Override
                  public void onProgress(NetworksProgress progress, @Nullable Leader leader) {
                    leaders.add(leader);
                  }
                })
            .run(CANDIDATES, 2, DATA, PARTS);
    assertThat(starts).hasSize(1);
    assertThat(starts.get(0).networks()).isEqualTo(5 * 2 * FOLDS);
    assertThat(starts.get(0).folds()).isEqualTo(FOLDS);
    assertThat(starts.get(0).devRows()).isZero();
    ComparisonListener.Leader leader = leaders.get(leaders.size() - 1);
    assertThat(leader).isNotNull();
    assertThat(leader.candidate()).isEqualTo(result.ranking().get(0).candidate());
    assertThat(leader.devCost()).isCloseTo(result.ranking().get(0).devCost().mean(), within(1e-12));
  }

  @Test
  void goesOnFromACheckpointToTheSameBits(@TempDir Path folder) {
    ComparisonResult whole = byFolds();
    Path file = folder.resolve("a.checkpoint");
    AtomicInteger calls = new AtomicInteger();
    ComparisonResult broken =
        new Comparison(backend, SETTINGS)
            .stopWhen(() -> calls.incrementAndGet() > 9)
            .checkpoint(file, CheckpointSchedule.everyEpochs(1000))
            .run(CANDIDATES, 2, DATA, PARTS);
    assertThat(broken.isInterrupted()).isTrue();
    ComparisonResult resumed =
        new Comparison(backend, SETTINGS).resume(file).run(CANDIDATES, 2, DATA, PARTS);
    for (int c = 0; c < whole.ranking().size(); c++) {
      Standing standing = whole.ranking().get(c);
      assertThat(resumed.ranking().get(c).candidate()).isEqualTo(standing.candidate());
      for (int r = 0; r < standing.runs().size(); r++) {
        assertThat(resumed.ranking().get(c).runs().get(r).result().model())
            .isEqualTo(standing.runs().get(r).result().model());
      }
    }
  }

  private static double logLoss(Metrics metrics) {
    return metrics.asMap().getOrDefault("log_loss", Double.NaN);
  }

  @Test
  void anEnsembleByADevSetIsTheWeightedSumOfItsNetworks() {
    Split split = DATA.split(0.3, 1);
    ComparisonResult result =
        new Comparison(backend, SETTINGS).run(CANDIDATES, 2, split.train(), split.dev());
    ComparisonEnsemble ensemble = ComparisonEnsemble.of(backend, result, split.dev()).orElseThrow();
    assertThat(ensemble.members().stream().mapToDouble(ComparisonEnsemble.Member::share).sum())
        .isCloseTo(1, within(1e-12));
    // The saved model says what the selection saw.
    assertThat(logLoss(ensemble.model().evaluate(backend, split.dev())))
        .isCloseTo(logLoss(ensemble.metrics(split.dev())), within(1e-6));
    SeedResult best = result.best().flatMap(Standing::best).orElseThrow();
    assertThat(logLoss(ensemble.metrics(split.dev()))).isLessThan(best.devCost());
    assertThat(ensemble.model().provenance()).containsKey("ensemble").containsEntry("rows", "280");
  }

  @Test
  void anEnsembleByFoldsIsJudgedByRowsThatItsNetworksHaveNotSeen() {
    ComparisonResult result = byFolds();
    ComparisonEnsemble ensemble = ComparisonEnsemble.of(backend, result, DATA, PARTS).orElseThrow();
    double mixed = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      Mixture mixture = new Mixture();
      for (ComparisonEnsemble.Member member : ensemble.members()) {
        Standing standing =
            result.ranking().stream()
                .filter(some -> some.candidate().equals(member.candidate()))
                .findAny()
                .orElseThrow();
        mixture.add(
            standing.runs(member.seed()).get(fold).result().model().weights(), member.share());
      }
      Dataset held = DATA.select(PARTS.rows(fold));
      List<Weights> parts = mixture.parts();
      mixed += logLoss(Planar.ensemble(parts).evaluate(backend, held)) * held.rows() / DATA.rows();
    }
    assertThat(logLoss(ensemble.metrics(DATA))).isCloseTo(mixed, within(1e-6));
    assertThat(logLoss(ensemble.metrics(DATA)))
        .isLessThan(result.ranking().get(0).devCost().mean());
    assertThat(ensemble.model().provenance())
        .containsEntry("rows", "400")
        .containsEntry("dev_rows", "0");
  }

  @Test
  void whereNoNetworkIsSoundThereIsNoEnsemble() {
    Split split = DATA.split(0.3, 1);
    List<Candidate> wild =
        Candidate.grid(
            DATA.network(),
            List.of(List.of(4)),
            List.of(Activation.RELU),
            List.of(new Optimizer.GradientDescent(1e30)),
            0);
    Comparison comparison = new Comparison(backend, SETTINGS);
    ComparisonResult result = comparison.run(wild, 1, split.train(), split.dev());
    assertThat(ComparisonEnsemble.of(backend, result, split.dev())).isEqualTo(Optional.empty());
    ComparisonResult folds = comparison.run(wild, 1, DATA, PARTS);
    assertThat(ComparisonEnsemble.of(backend, folds, DATA, PARTS)).isEmpty();
    assertThat(folds.ranking().get(0).bestSeed()).isEmpty();
  }
}
