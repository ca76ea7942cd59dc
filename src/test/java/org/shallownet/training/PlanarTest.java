package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Backends;
import org.shallownet.data.Dataset;
import org.shallownet.network.Initializer;
import org.shallownet.network.Weights;

/** The exercise of the course notes, from its own points and first weights. */
class PlanarTest {
  private static final Dataset DATA = Planar.data();

  private static double accuracy(Backend backend, Weights weights) {
    return Planar.model(weights).evaluate(backend, DATA).asMap().get("accuracy");
  }

  @Test
  void costsAreThoseOfTheExercise() {
    try (Backend backend = Backends.open("cpu")) {
      TrainingResult result =
          new Trainer(backend, Planar.settings(10_000)).fit(Planar.start(4), DATA, null);
      assertThat(result.history()).hasSize(10_000);
      Planar.checkCosts(result.history());
      assertThat(accuracy(backend, result.model().weights())).isBetween(0.895, 0.915);
      assertThat(result.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 67.5", "2, 67.25", "3, 90.75", "4, 90.5", "5, 91.25", "20, 90.25", "50, 90.5"})
  void accuracyByNumberOfHiddenUnits(int hidden, double percent) {
    try (Backend backend = Backends.open("cpu")) {
      TrainingResult result =
          new Trainer(backend, Planar.settings(5_000)).fit(Planar.start(hidden), DATA, null);
      double found = 100 * accuracy(backend, result.model().weights());
      assertThat(found).isCloseTo(percent, within(1.0));
    }
  }

  @Test
  void logisticRegressionIsWorseThanChance() {
    try (Backend backend = Backends.open("cpu")) {
      TrainingSettings settings = Planar.settings(5_000).withInitializer(new Initializer.Zeros());
      TrainingResult result = new Trainer(backend, settings).fit(DATA.network(), DATA, null);
      assertThat(accuracy(backend, result.model().weights())).isCloseTo(0.47, within(0.01));
      assertThat(result.engine()).isEqualTo("tiled");
    }
  }
}
