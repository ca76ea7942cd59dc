package org.shallownet.backend.cuda.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How work is cut into blocks. */
class KernelGridTest {
  @Test
  void blocksFollowFromTheSizeAndAreBounded() {
    assertThat(Kernel.BIAS_ACTIVATE_TANH.blocks(1)).isEqualTo(1);
    assertThat(Kernel.BIAS_ACTIVATE_TANH.blocks(1024)).isEqualTo(1);
    assertThat(Kernel.BIAS_ACTIVATE_TANH.blocks(1025)).isEqualTo(2);
    assertThat(Kernel.BIAS_ACTIVATE_TANH.blocks(1L << 40)).isEqualTo(4096);
    assertThat(Kernel.OUTPUT_DELTA_SOFTMAX_WARP.blocks(17)).isEqualTo(3);
    assertThat(Kernel.TALLY_ADD.blocks(1000)).isEqualTo(1);
    for (Kernel kernel : Kernel.values()) {
      if (kernel.symbol().startsWith("output_delta") || kernel == Kernel.SQUARED_NORM_PARTIALS) {
        assertThat(kernel.blocks(Long.MAX_VALUE)).isEqualTo(Kernel.MAX_PARTIALS);
      }
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Kernel.GATHER_BATCH.blocks(0));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 70001",
    "31, 1",
    "257, 64",
    "2049, 1",
    "65537, 3",
    "251, 17",
    "3, 5003",
    "10000000000, 64",
    "5000000000, 1",
    "2, 2147483647"
  })
  void slicesCoverEveryRowOnceAndTilesEveryColumn(long rows, int columns) {
    RowSlices cut = RowSlices.of(rows, columns);
    assertThat(cut.slices() * cut.sliceRows()).isGreaterThanOrEqualTo(rows);
    assertThat((cut.slices() - 1) * cut.sliceRows()).isLessThan(rows);
    int lanes = columns > 16 ? 32 : Integer.highestOneBit(2 * columns - 1);
    assertThat((long) cut.tiles() * lanes).isBetween((long) columns, columns - 1L + lanes);
    assertThat((long) cut.tiles() * cut.slices()).isLessThanOrEqualTo(Math.max(1024, cut.tiles()));
    assertThat(cut.partials(columns)).isEqualTo((long) cut.slices() * columns);
  }
}
