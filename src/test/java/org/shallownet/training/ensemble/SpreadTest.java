package org.shallownet.training.ensemble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void meanAndSampleDeviation() {
    Spread spread = Spread.of(2, 4, 9);
    assertThat(spread.mean()).isEqualTo(5);
    assertThat(spread.deviation()).isCloseTo(Math.sqrt(13), within(1e-15));
  }

  @Test
  void equalValuesHaveExactlyTheirValueAndNoDeviation() {
    assertThat(Spread.of(0.1, 0.1, 0.1)).isEqualTo(new Spread(0.1, 0, 3));
  }

  @Test
  void oneValueHasNoDeviationAndNoneHasNoMean() {
    assertThat(Spread.of(3)).isEqualTo(new Spread(3, Double.NaN, 1));
    assertThat(Spread.of()).isEqualTo(new Spread(Double.NaN, Double.NaN, 0));
  }

  @Test
  void withinNoiseUpToTheDeviationOfADifference() {
    Spread one = new Spread(1, 0.3, 3);
    assertThat(one.isWithinNoiseOf(new Spread(1.49, 0.4, 3))).isTrue();
    assertThat(one.isWithinNoiseOf(new Spread(1.51, 0.4, 3))).isFalse();
    assertThat(one.isWithinNoiseOf(new Spread(0.51, 0.4, 3))).isTrue();
    assertThat(one.isWithinNoiseOf(Spread.of(1))).isFalse();
  }
}
