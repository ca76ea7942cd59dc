package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.NumericAssert;
import org.shallownet.backend.Reference;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.Optimizer;
import org.shallownet.training.Planar;
import org.shallownet.training.Trainer;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;
import org.shallownet.training.comparison.ComparisonResult;

/** Many networks on a card. */
@Tag("cuda")
class CudaComparisonTest {
  @ParameterizedTest
  @EnumSource(names = "CHOSEN", mode = EnumSource.Mode.EXCLUDE)
  void eachNetworkIsTrainedAsIfAlone(ForcedEngine engine) {
    Split split = Planar.data().split(0.2, 1);
    List<Candidate> candidates =
        Candidate.grid(
            Planar.data().network(),
            List.of(List.of(), List.of(5)),
            List.of(Activation.TANH, Activation.LEAKY_RELU),
            List.of(Optimizer.Adam.of(0.05), Optimizer.Adam.of(3e37)),
            1e-3);
    TrainingSettings settings =
        TrainingSettings.defaults().withBatchSize(160).withEpochs(5).withPatience(2);
    try (CudaBackend backend = CudaTests.open(engine)) {
      ComparisonResult result =
          new Comparison(backend, settings).run(candidates, 2, split.train(), split.dev());
      assertThat(result.ranking().stream().mapToInt(ComparisonResult.Standing::diverged).sum())
          .isPositive();
      for (ComparisonResult.Standing standing : result.ranking()) {
        if (standing.diverged() > 0) {
          continue;
        }
        Candidate candidate = standing.candidate();
        for (ComparisonResult.SeedResult run : standing.runs()) {
          TrainingSettings own =
              settings
                  .withOptimizer(candidate.optimizer())
                  .withL2(candidate.l2())
                  .withSeed(run.seed());
          TrainingResult alone =
              new Trainer(backend, own).fit(candidate.network(), split.train(), split.dev());
          if (CudaTests.batchesKeepBits()) {
            assertThat(run.result().model()).isEqualTo(alone.model());
          } else {
            assertClose(alone.model(), run.result().model());
          }
          assertThat(run.result().history().size()).isEqualTo(alone.history().size());
        }
      }
    }
  }

  /** A card's cuBLAS may round products in a stack otherwise than single ones: seen on an H200. */
  private static void assertClose(Model alone, Model together) {
    NumericAssert.assertClose(
        "weights",
        Reference.widen(alone.weights().toArray()),
        together.weights().toArray(),
        1e-4,
        1,
        1);
  }
}
