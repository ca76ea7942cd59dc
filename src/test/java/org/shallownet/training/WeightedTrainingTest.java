package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.features.RowIndex;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Weights;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;
import org.shallownet.training.comparison.ComparisonResult;

/** Training on samples that have weights. */
class WeightedTrainingTest {
  private static final Dataset DATA = Planar.data();
  private static final NetworkSpec SPEC = DATA.network().withHidden(8, Activation.TANH);
  private static final int ROWS = 400;

  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** 0, 1 and 2 in turn, times a factor. */
  private static Dataset weighted(float factor) {
    float[] weights = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      weights[i] = factor * (i % 3);
    }
    return DATA.withWeights(SampleWeights.of(weights));
  }

  /** The same rows as often as their weights say. */
  private static Dataset repeated() {
    RowIndex.Builder rows = new RowIndex.Builder();
    for (int i = 0; i < ROWS; i++) {
      for (int copy = 0; copy < i % 3; copy++) {
        rows.add(i);
      }
    }
    return DATA.select(rows.build());
  }

  private static TrainingSettings fullBatch() {
    return TrainingSettings.defaults()
        .withOptimizer(new Optimizer.Momentum(0.3, 0.9))
        .withBatchSize(TrainingSettings.FULL_BATCH)
        .withEpochs(50)
        .withL2(1e-3)
        .withStandardize(false);
  }

  private TrainingResult fit(TrainingSettings settings, Dataset train, Dataset dev) {
    return new Trainer(backend, settings).fit(SPEC, train, dev);
  }

  /** Weights of the network, costs and scores, of both sets. */
  @Test
  void weightsAreNumbersOfRows() {
    TrainingResult one = fit(fullBatch(), weighted(1), weighted(1));
    TrainingResult other = fit(fullBatch(), repeated(), repeated());
    float[] expected = other.model().weights().toArray();
    assertThat(one.model().weights().toArray()).containsExactly(expected, within(1e-4f));
    for (int i = 0; i < 50; i++) {
      EpochReport found = one.history().get(i);
      EpochReport wanted = other.history().get(i);
      assertThat(found.trainCost()).isEqualTo(wanted.trainCost(), within(1e-5));
      assertThat(found.devCost()).isEqualTo(wanted.devCost(), within(1e-5));
      assertThat(found.trainScore()).isEqualTo(wanted.trainScore(), within(0.01));
      assertThat(found.devScore()).isEqualTo(wanted.devScore(), within(0.01));
    }
    assertThat(one.model().provenance()).containsEntry("total_weight", "399.0");
    assertThat(other.model().provenance()).doesNotContainKey("total_weight");
  }

  /** A cost is a weighted mean: only how large weights are beside each other matters. */
  @ParameterizedTest
  @ValueSource(floats = {0x1p-140f, 0x1p-10f, 1024, 0x1p120f})
  void powersOfTwoChangeNoBit(float factor) {
    for (long batch : new long[] {32, TrainingSettings.FULL_BATCH}) {
      TrainingSettings settings = fullBatch().withBatchSize(batch).withEpochs(5);
      TrainingResult one = fit(settings, weighted(1), weighted(1));
      TrainingResult other = fit(settings, weighted(factor), weighted(factor));
      assertThat(other.model().weights()).isEqualTo(one.model().weights());
      assertThat(other.history())
          .extracting(EpochReport::devCost)
          .isEqualTo(one.history().stream().map(EpochReport::devCost).toList());
    }
  }

  @Test
  void equalWeightsTrainAsNone() {
    float[] ones = new float[ROWS];
    Arrays.fill(ones, 0.3f);
    Dataset equal = DATA.withWeights(SampleWeights.of(ones));
    for (long batch : new long[] {32, TrainingSettings.FULL_BATCH}) {
      TrainingSettings settings = fullBatch().withBatchSize(batch).withEpochs(5);
      float[] expected = fit(settings, DATA, DATA).model().weights().toArray();
      assertThat(fit(settings, equal, DATA).model().weights().toArray())
          .containsExactly(expected, within(1e-4f));
      assertThat(fit(settings, DATA, equal).model().weights().toArray())
          .containsExactly(expected, within(1e-4f));
    }
  }

  /** One row of 400 weighs anything: nearly all batches weigh nothing, the first ones too. */
  @Test
  void batchesThatWeighNothingAreNoDivergence() {
    float[] weights = new float[ROWS];
    weights[17] = 1;
    Dataset one = DATA.withWeights(SampleWeights.of(weights));
    for (int seed = 0; seed < 5; seed++) {
      TrainingSettings settings =
          TrainingSettings.defaults().withBatchSize(8).withEpochs(300).withSeed(seed);
      TrainingResult result = new Trainer(backend, settings).fit(SPEC, one, null);
      assertThat(result.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
      List<EpochReport> history = result.history();
      assertThat(history).allMatch(report -> Double.isFinite(report.trainCost()));
      assertThat(history.get(299).trainCost()).isLessThan(history.get(0).trainCost());
      assertThat(history.get(299).trainScore()).isEqualTo(1);
    }
  }

  @Test
  void divergenceIsFoundInWeightedCostsToo() {
    TrainingSettings settings = fullBatch().withOptimizer(new Optimizer.Momentum(1e6, 0.9));
    assertThatThrownBy(() -> fit(settings.withL2(1), weighted(1e-3f), weighted(1)))
        .isInstanceOf(DivergedException.class);
  }

  /** Nothing of a set with weights depends on who trains beside it. */
  @Test
  void aComparisonTrainsAsATrainerDoes() {
    List<Candidate> candidates = new ArrayList<>();
    for (int hidden : new int[] {4, 8, 8}) {
      candidates.add(
          new Candidate(
              DATA.network()
                  .withHidden(hidden, candidates.size() == 2 ? Activation.RELU : Activation.TANH),
              Optimizer.Adam.of(0.01),
              0));
    }
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(5);
    ComparisonResult compared =
        new Comparison(backend, settings).run(candidates, 2, weighted(1), weighted(1));
    for (ComparisonResult.Standing standing : compared.ranking()) {
      for (ComparisonResult.SeedResult run : standing.runs()) {
        Candidate candidate = standing.candidate();
        Weights alone =
            new Trainer(backend, candidate.settings(settings, run.seed()))
                .fit(candidate.network(), weighted(1), weighted(1))
                .model()
                .weights();
        assertThat(run.result().model().weights()).isEqualTo(alone);
      }
    }
  }

  @Test
  void setsThatWeighNothingAreRefused() {
    Dataset nothing = weighted(1).select(0, 3, 6, 9);
    assertThatThrownBy(() -> fit(fullBatch(), nothing, DATA))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "all training rows have weight 0, so that none counts; give some rows a weight above"
                + " 0");
    assertThatThrownBy(() -> fit(fullBatch(), DATA, nothing))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "all rows of the dev set have weight 0, so that none counts; choose another split"
                + " (--split-seed) or do without a dev set (--dev-fraction 0)");
  }
}
