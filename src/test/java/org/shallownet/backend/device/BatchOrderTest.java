package org.shallownet.backend.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchOrderTest {
  private static long[] order(long samples, long seed, long epoch) {
    long[] order = new long[(int) samples];
    new BatchOrder(samples, seed).fill(epoch, 0, order.length, order);
    return order;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 31, 32, 33, 100, 1000, 65_537, 300_000})
  void visitsEverySampleOnce(int samples) {
    for (long epoch = 0; epoch < 3; epoch++) {
      BitSet seen = new BitSet(samples);
      for (long sample : order(samples, 42, epoch)) {
        assertThat(sample).isBetween(0L, samples - 1L);
        seen.set((int) sample);
      }
      assertThat(seen.cardinality()).isEqualTo(samples);
    }
  }

  @Test
  void isAFunctionOfSeedAndEpoch() {
    assertThat(order(1000, 1, 0)).isEqualTo(order(1000, 1, 0));
    assertThat(order(1000, 1, 0)).isNotEqualTo(order(1000, 1, 1));
    assertThat(order(1000, 1, 0)).isNotEqualTo(order(1000, 2, 0));
  }

  @Test
  void piecesGiveTheSameOrderAsTheWhole() {
    BatchOrder order = new BatchOrder(1000, 9);
    long[] whole = new long[1000];
    order.fill(4, 0, 1000, whole);
    long[] piece = new long[300];
    order.fill(5, 0, 10, piece);
    order.fill(4, 650, 300, piece);
    assertThat(piece).isEqualTo(Arrays.copyOfRange(whole, 650, 950));
  }

  /** Every sample should come to every position about equally often, also in tiny tables. */
  @ParameterizedTest
  @ValueSource(ints = {5, 12, 40})
  void positionsAreEvenlySpread(int samples) {
    int epochs = 20_000;
    int[][] counts = new int[samples][samples];
    BatchOrder order = new BatchOrder(samples, 3);
    long[] row = new long[samples];
    for (int epoch = 0; epoch < epochs; epoch++) {
      order.fill(epoch, 0, samples, row);
      for (int position = 0; position < samples; position++) {
        counts[position][(int) row[position]]++;
      }
    }
    double expected = (double) epochs / samples;
    double chiSquared = 0;
    for (int[] perPosition : counts) {
      for (int count : perPosition) {
        chiSquared += (count - expected) * (count - expected) / expected;
      }
    }
    double freedom = (samples - 1.0) * (samples - 1.0);
    assertThat(chiSquared).isLessThan(freedom + 6 * Math.sqrt(2 * freedom));
  }

  @Test
  void neighboursDoNotStayTogether() {
    long[] order = order(100_000, 11, 0);
    int close = 0;
    for (int i = 1; i < order.length; i++) {
      close += Math.abs(order[i] - order[i - 1]) <= 10 ? 1 : 0;
    }
    // About 20 of 100,000 differences are that small by chance.
    assertThat(close).isBetween(3, 60);
  }

  @Test
  void worksBeyondIntegers() {
    long samples = 5_000_000_000L;
    BatchOrder order = new BatchOrder(samples, 1);
    long[] out = new long[1000];
    order.fill(0, samples - 1000, 1000, out);
    assertThat(Arrays.stream(out).distinct().count()).isEqualTo(1000);
    assertThat(Arrays.stream(out).max().orElseThrow()).isGreaterThan(4_000_000_000L);
    assertThat(Arrays.stream(out).allMatch(sample -> sample >= 0 && sample < samples)).isTrue();
  }

  @Test
  void refusesWhatItCanNotOrder() {
    assertThatThrownBy(() -> new BatchOrder(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchOrder(1L << 60, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BatchOrder(10, 1).fill(0, 5, 6, new long[6]))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
