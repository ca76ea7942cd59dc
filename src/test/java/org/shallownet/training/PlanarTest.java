package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
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

  /** Computed by the exercise in float64; after 7,000 the path oscillates and rounding decides. */
  @Test
  void costsAreThoseOfTheExercise() {
    double[] known = {
      0.693048, 0.288083, 0.254385, 0.233864, 0.226792, 0.222644, 0.219731, 0.217504
    };
    try (Backend backend = Backends.open("cpu")) {
      TrainingResult result =
          new Trainer(backend, Planar.settings(10_000)).fit(Planar.start(4), DATA, null);
      List<EpochReport> history = result.history();
      assertThat(history).hasSize(10_000);
      for (int i = 0; i < known.length; i++) {
        // Row e holds the cost before update e, so row 1 is iteration 0.
        assertThat(history.get(i * 1000).trainCost())
            .as("cost at iteration %d", i * 1000)
            .isCloseTo(known[i], within(1e-4));
      }
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
      assertThat(result.engine()).isEqualTo("layered");
    }
  }
}
