package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CardSweepTest {
  @AfterEach
  void forget() {
    System.clearProperty(CudaLimits.CHUNK_PROPERTY);
  }

  @Test
  void theFastestSizeIsTakenAndOfThoseAsFastTheSmallest() {
    assertThat(CardSweep.option(Map.of(20, 9.0, 23, 5.0, 26, 4.0, 27, 4.1)))
        .isEqualTo("-Dshallownet.cuda.chunk=67108864");
    assertThat(CardSweep.option(Map.of(20, 9.0, 23, 4.03, 26, 4.0, 27, 3.999)))
        .isEqualTo("-Dshallownet.cuda.chunk=8388608");
    assertThat(CardSweep.option(Map.of())).isEmpty();
  }

  /** What a sweep prints is what the backend takes. */
  @Test
  void theOptionIsUnderstood() {
    String[] option = CardSweep.option(Map.of(22, 1.0)).split("=", 2);
    System.setProperty(option[0].substring(2), option[1]);
    assertThat(CudaLimits.DEFAULT.forMemory(1L << 36).chunkFloats()).isEqualTo(1 << 22);
  }
}
