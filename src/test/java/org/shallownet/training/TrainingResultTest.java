package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingResultTest {
  private static EpochReport report(int epoch, double cost) {
    return new EpochReport(epoch, cost, Double.NaN, epoch, Double.NaN, Double.NaN, false);
  }

  private static TrainingResult result(int bestEpoch, EpochReport... history) {
    return new TrainingResult(
        null,
        List.of(history),
        history.length,
        bestEpoch,
        TrainingResult.Ending.INTERRUPTED,
        "tiled",
        1,
        1);
  }

  @Test
  void theCostIsThatOfTheEpochThatTheWeightsAreFrom() {
    assertThat(result(1, report(1, 0.5), report(2, 0.7)).trainCost()).isEqualTo(0.5);
    assertThatIllegalStateException().isThrownBy(() -> result(0).trainCost());
  }

  /** A training without a dev set that is broken off within its third epoch. */
  @Test
  void ofWeightsFromTheMiddleOfAnEpochItIsThatOfTheOneBefore() {
    TrainingResult result = result(3, report(1, 0.5), report(2, 0.4));
    assertThat(result.best()).isEmpty();
    assertThat(result.trainCost()).isEqualTo(0.4);
  }
}
