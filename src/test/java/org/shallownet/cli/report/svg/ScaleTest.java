package org.shallownet.cli.report.svg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ScaleTest {
  @Test
  void ticksAreRoundNumbersWithinTheEnds() {
    assertThat(Scale.linear(0, 1).ticks().stream().map(Scale::label))
        .containsExactly("0", "0.2", "0.4", "0.6", "0.8", "1");
    assertThat(Scale.linear(-3, 48).ticks().stream().map(Scale::label))
        .containsExactly("0", "20", "40");
  }

  @Test
  void largeFactorsAreLogarithmic() {
    Scale scale = Scale.fitting(DoubleStream.of(0.001, 10));
    assertThat(scale.logarithmic()).isTrue();
    assertThat(scale.at(0.1)).isCloseTo(0.5, within(1e-9));
    assertThat(scale.ticks().stream().map(Scale::label))
        .containsExactly("0.001", "0.01", "0.1", "1", "10");
    assertThat(Scale.fitting(DoubleStream.of(0, 10)).logarithmic()).isFalse();
    assertThat(Scale.fitting(DoubleStream.of(1, 10)).logarithmic()).isFalse();
  }

  @Test
  void oneNumberHasRoomAroundIt() {
    Scale scale = Scale.covering(DoubleStream.of(7, 7, Double.NaN));
    assertThat(scale.at(7)).isCloseTo(0.5, within(1e-9));
    assertThat(scale.ticks()).isNotEmpty();
    assertThat(Scale.covering(DoubleStream.empty()).low()).isLessThan(0);
  }

  @Test
  void oneLargeNegativeNumberHasRoomToo() {
    assertThat(Scale.covering(DoubleStream.of(-1e20)).at(-1e20)).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void neighboursFarFromZeroHaveAScale() {
    Scale scale = Scale.covering(DoubleStream.of(1.7e18, Math.nextUp(1.7e18)));
    assertThat(scale.at(1.7e18)).isBetween(0.0, 1.0);
    assertThat(scale.ticks()).hasSizeLessThan(12);
  }

  @Test
  void labelsAreShort() {
    assertThat(Scale.label(20_000)).isEqualTo("20k");
    assertThat(Scale.label(-1_500_000)).isEqualTo("−1.5M");
    assertThat(Scale.label(2e-7)).isEqualTo("2e−07");
    assertThat(Scale.label(0.30000000000000004)).isEqualTo("0.3");
  }

  @Test
  void theBeginningIsBelowTheEnd() {
    assertThatThrownBy(() -> Scale.linear(1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Scale(0, 1, true)).isInstanceOf(IllegalArgumentException.class);
  }
}
