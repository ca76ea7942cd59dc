package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.backend.ModelSamples;
import org.shallownet.backend.SampleRows;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.preprocessing.Preprocessing;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** Networks of one job that each have a fold of the rows to judge them and train on the others. */
class TrainingFoldsTest {
  private static final int FOLDS = 3;

  private final Dataset data = Planar.data();
  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static final class Silent implements TrainingRun.Observer {
    @Override
    public void onStart(TrainingSession session, int networks) {}

    @Override
    public void onProgress(int epoch, long samples, double seconds) {}

    @Override
    public void onEpoch(ModelRun model, EpochReport report) {}
  }

  private SampleRows fold(int number) {
    return SampleRows.of(
        IntStream.range(0, (int) data.rows()).filter(row -> row % FOLDS == number).toArray());
  }

  private Dataset rows(Dataset from, SampleRows rows) {
    return from.select(LongStream.range(0, rows.count(from.rows())).map(rows::row).toArray());
  }

  private static NetworkStart start(int number, ModelSamples samples) {
    NetworkSpec spec =
        NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1)
            .withHidden(8, number % 2 == 0 ? Activation.TANH : Activation.RELU);
    TrainingSettings settings =
        TrainingSettings.defaults()
            .withEpochs(40)
            .withPatience(3)
            .withBatchSize(32)
            .withOptimizer(Optimizer.Adam.of(0.05))
            .withSeed(number);
    NetworkStart start = NetworkStart.of(spec, settings, warning -> {});
    return new NetworkStart(start.weights().get(), start.origin(), settings, samples, 6, null);
  }

  private List<Outcomes.Outcome> train(
      Dataset train, @Nullable Dataset dev, List<NetworkStart> starts) {
    Preparation preparation =
        Preparation.fit(data, starts.get(0).spec().output(), true, warning -> {});
    return new TrainingJob(backend, train, dev, preparation, Map.of())
        .run(starts, new Silent(), () -> false);
  }

  @Test
  void eachIsTrainedAndStoppedAsAloneOnItsRows() {
    List<NetworkStart> starts = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      SampleRows fold = fold(i % FOLDS);
      SampleRows others = fold.others((int) data.rows());
      starts.add(start(i, new ModelSamples(others, fold, ModelSamples.ALL_INPUTS)));
    }
    List<Outcomes.Outcome> together = train(data, null, starts);
    boolean different = false;
    for (int i = 0; i < starts.size(); i++) {
      ModelSamples seen = starts.get(i).samples();
      TrainingResult alone =
          train(
                  rows(data, seen.rows()),
                  rows(data, seen.devRows()),
                  List.of(start(i, ModelSamples.ALL)))
              .get(0)
              .result();
      TrainingResult result = together.get(i).result();
      assertThat(result.model().weights()).isEqualTo(alone.model().weights());
      assertThat(result.bestEpoch()).isEqualTo(alone.bestEpoch());
      assertThat(result.ending()).isEqualTo(alone.ending());
      assertThat(result.history())
          .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
          .isEqualTo(alone.history());
      assertThat(result.model().provenance())
          .isEqualTo(alone.model().provenance())
          .containsEntry("rows", Long.toString(seen.rows().count(0)))
          .containsEntry("dev_rows", Long.toString(seen.devRows().count(0)))
          .containsEntry("front_scale_rate", "6.0");
      different |= result.bestEpoch() != together.get(0).result().bestEpoch();
    }
    assertThat(different).isTrue();
  }

  /** Its model makes just the inputs that it sees. */
  @Test
  void aNetworkOnABlockOfTheInputsHasAModelOfThese() {
    Preprocessing inputs = Preprocessing.ofNumbers(List.of("x2"), null);
    NetworkSpec spec =
        NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.TANH);
    TrainingSettings settings = TrainingSettings.defaults().withEpochs(2).withBatchSize(32);
    NetworkStart plain = NetworkStart.of(spec, settings, warning -> {});
    ModelSamples samples = new ModelSamples(fold(0), fold(1), 1);
    NetworkStart start =
        new NetworkStart(plain.weights().get(), plain.origin(), settings, samples, 0, inputs);
    TrainingResult result = train(data, null, List.of(start)).get(0).result();
    assertThat(result.model().preprocessing()).isEqualTo(inputs);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                train(
                    data,
                    null,
                    List.of(
                        new NetworkStart(
                            plain.weights().get(),
                            plain.origin(),
                            settings,
                            new ModelSamples(fold(0), fold(1), 2),
                            0,
                            inputs))))
        .withMessageContaining("does not fit data");
  }

  @Test
  void foldsThatJudgeNothingAreRefused() {
    SampleRows fold = fold(0);
    ModelSamples samples =
        new ModelSamples(fold.others((int) data.rows()), fold, ModelSamples.ALL_INPUTS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> train(data, data, List.of(start(0, samples))))
        .withMessageContaining("either by a dev set or by training rows");
    SampleWeights.Builder weights = new SampleWeights.Builder();
    for (int row = 0; row < data.rows(); row++) {
      weights.add(row % FOLDS == 0 ? 0 : 1);
    }
    Dataset weighted = data.withWeights(weights.build());
    assertThatThrownBy(() -> train(weighted, null, List.of(start(0, samples))))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("all rows of a fold have weight 0");
    ModelSamples turned =
        new ModelSamples(fold, fold.others((int) data.rows()), ModelSamples.ALL_INPUTS);
    assertThatThrownBy(() -> train(weighted, null, List.of(start(0, turned))))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("all training rows have weight 0");
  }
}
