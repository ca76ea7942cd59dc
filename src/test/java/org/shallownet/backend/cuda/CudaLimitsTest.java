package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaLimitsTest {
  @AfterEach
  void forget() {
    System.clearProperty(CudaLimits.CHUNK_PROPERTY);
  }

  @ParameterizedTest
  @CsvSource({"1, 20", "4096, 23", "8191, 23", "8192, 24", "24000, 25", "143155, 26"})
  void chunksGrowWithTheCardUpToWhatWasMeasured(long mebibytes, int log) {
    assertThat(CudaLimits.DEFAULT.forMemory(mebibytes << 20).chunkFloats()).isEqualTo(1 << log);
  }

  @Test
  void theRestStaysAsItIs() {
    CudaLimits fitted = CudaLimits.DEFAULT.forMemory(1L << 36);
    assertThat(fitted)
        .isEqualTo(
            new CudaLimits(
                CudaLimits.DEFAULT.stagingBytes(),
                CudaLimits.DEFAULT.productRows(),
                fitted.chunkFloats(),
                CudaLimits.DEFAULT.spareBytes(),
                CudaLimits.DEFAULT.scratchBytes()));
  }

  @Test
  void thePropertySaysOtherwise() {
    System.setProperty(CudaLimits.CHUNK_PROPERTY, "12345");
    assertThat(CudaLimits.DEFAULT.forMemory(1L << 36).chunkFloats()).isEqualTo(12345);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "many", "99999999999"})
  void aPropertyThatIsNoNumberOfFloatsIsRefused(String asked) {
    System.setProperty(CudaLimits.CHUNK_PROPERTY, asked);
    assertThatThrownBy(() -> CudaLimits.DEFAULT.forMemory(1L << 36))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + asked + "'")
        .hasMessageContaining(CudaLimits.CHUNK_PROPERTY);
  }
}
