package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.data.features.FeatureTable;
import org.shallownet.training.Planar;
import org.shallownet.training.ensemble.EnsembleResult;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.EnsembleTrainer;

/** A default training on a card, to its end. */
@Tag("cuda")
class CudaEnsembleTest {
  /** All families and folds; few epochs, since paths drift apart with each step. */
  @Test
  void anEnsembleIsThatOfTheProcessor() {
    Dataset data = Planar.data();
    EnsembleSettings all = EnsembleSettings.of(data);
    EnsembleSettings settings = all.withTraining(all.training().withEpochs(4));
    EnsembleResult found;
    EnsembleResult expected;
    try (CudaBackend card = CudaTests.open(ForcedEngine.CHOSEN);
        Backend processor = Backends.open("cpu")) {
      found = new EnsembleTrainer(card, settings).fit(data);
      expected = new EnsembleTrainer(processor, settings).fit(data);
    }
    assertThat(found.engine()).contains("whole-run");
    assertThat(found.runs()).hasSize(settings.networks());
    assertThat(found.shares()).isEqualTo(expected.shares());
    for (int i = 0; i < settings.networks(); i++) {
      assertThat(found.runs().get(i).member()).isEqualTo(expected.runs().get(i).member());
      assertThat(found.runs().get(i).result().bestEpoch())
          .isEqualTo(expected.runs().get(i).result().bestEpoch());
    }
    requireClose(found.outOfFoldLogits(), expected.outOfFoldLogits());
  }

  private static void requireClose(FeatureTable found, FeatureTable expected) {
    int rows = (int) expected.rows();
    assertThat(found.rows()).isEqualTo(rows);
    float[] ours = new float[rows * found.columns()];
    float[] theirs = new float[rows * expected.columns()];
    found.read(0, rows, ours, 0);
    expected.read(0, rows, theirs, 0);
    for (int i = 0; i < theirs.length; i++) {
      assertThat(ours[i]).isCloseTo(theirs[i], within(1e-3f));
    }
  }
}
