package org.shallownet.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  /** The vectors that Random123 publishes in its {@code kat_vectors}. */
  @Test
  void matchesThePublishedVectors() {
    int[] block = new int[4];
    Philox.block(0, 0, 0, 0, 0, block);
    assertThat(block).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    Philox.block(-1, -1, -1, -1, -1, block);
    assertThat(block).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  }

  @Test
  void sameStreamGivesTheSameNumbers() {
    Philox.Stream one = Philox.stream(7, Philox.Purpose.WEIGHTS, 1);
    Philox.Stream two = Philox.stream(7, Philox.Purpose.WEIGHTS, 1);
    for (int i = 0; i < 100; i++) {
      assertThat(one.nextNormal()).isEqualTo(two.nextNormal());
    }
  }

  @Test
  void seedPurposeAndNumberEachGiveAnotherStream() {
    long first = Philox.stream(7, Philox.Purpose.WEIGHTS, 1).nextLong();
    assertThat(Philox.stream(8, Philox.Purpose.WEIGHTS, 1).nextLong()).isNotEqualTo(first);
    assertThat(Philox.stream(7L + (1L << 32), Philox.Purpose.WEIGHTS, 1).nextLong())
        .isNotEqualTo(first);
    assertThat(Philox.stream(7, Philox.Purpose.SPLIT, 1).nextLong()).isNotEqualTo(first);
    assertThat(Philox.stream(7, Philox.Purpose.WEIGHTS, 2).nextLong()).isNotEqualTo(first);
    assertThat(Philox.stream(7, Philox.Purpose.WEIGHTS, 1 + (1L << 32)).nextLong())
        .isNotEqualTo(first);
  }

  @Test
  void normalsHaveMeanZeroAndDeviationOne() {
    Philox.Stream stream = Philox.stream(1, Philox.Purpose.WEIGHTS, 1);
    int n = 200_000;
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < n; i++) {
      double x = stream.nextNormal();
      sum += x;
      squares += x * x;
      fourths += x * x * x * x;
    }
    assertThat(sum / n).isCloseTo(0, within(0.01));
    assertThat(squares / n).isCloseTo(1, within(0.01));
    assertThat(fourths / n).isCloseTo(3, within(0.06));
  }

  @Test
  void boundedNumbersAreInRangeAndEvenlySpread() {
    Philox.Stream stream = Philox.stream(2, Philox.Purpose.SPLIT, 0);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[(int) stream.nextLong(7)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(9_600, 10_400);
    }
    assertThat(stream.nextLong(1)).isZero();
    assertThatThrownBy(() -> stream.nextLong(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void doublesLieInTheUnitInterval() {
    Philox.Stream stream = Philox.stream(3, Philox.Purpose.SPLIT, 0);
    for (int i = 0; i < 10_000; i++) {
      assertThat(stream.nextDouble()).isGreaterThanOrEqualTo(0).isLessThan(1);
    }
  }
}
