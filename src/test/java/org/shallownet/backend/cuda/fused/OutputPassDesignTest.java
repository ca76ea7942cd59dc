package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Which networks have a pass over the output layer, and how their samples are cut. */
class OutputPassDesignTest {
  private static NetworkSpec spec(int hidden, int outputs) {
    return NetworkSpec.of(7, Output.IDENTITY_SQUARED_ERROR, outputs)
        .withHidden(5, Activation.RELU)
        .withHidden(hidden, Activation.TANH);
  }

  private static OutputPassDesign design(int hidden, int outputs) {
    return OutputPassDesign.of(spec(hidden, outputs), false, Loss.OWN, 0).orElseThrow();
  }

  @Test
  void needsAHiddenLayerThatIsKeptWhole() {
    NetworkSpec flat = NetworkSpec.of(7, Output.IDENTITY_SQUARED_ERROR, 1);
    assertThat(OutputPassDesign.of(flat, false, Loss.OWN, 0)).isEmpty();
    assertThat(OutputPassDesign.of(spec(8, 1), false, Loss.OWN, 0.5)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, true",
    "1024, 16, true",
    "1024, 17, false",
    "65535, 1, true",
    "65536, 1, false"
  })
  void widths(int hidden, int outputs, boolean fits) {
    assertThat(OutputPassDesign.of(spec(hidden, outputs), false, Loss.OWN, 0).isPresent())
        .isEqualTo(fits);
  }

  /** Slices are of whole turns of a block, and no more than the sums have room for. */
  @ParameterizedTest
  @CsvSource({
    "1, 32, 1",
    "32, 32, 1",
    "33, 32, 2",
    "8448, 32, 264",
    "8449, 64, 133",
    "65536, 256, 256",
    "67108864, 254208, 264"
  })
  void slices(long samples, int rows, int slices) {
    assertThat(design(8, 1).sliceRows(samples)).isEqualTo(rows);
    assertThat(design(8, 1).slices(samples)).isEqualTo(slices);
    assertThat(design(8, 1).mostSlices(samples)).isGreaterThanOrEqualTo(slices);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "33, 2", "128, 1", "132, 2", "1024, 8", "1023, 32"})
  void blocks(int units, int blocks) {
    assertThat(design(units, 1).blocksOfSlice()).isEqualTo(blocks);
  }

  /** What is compiled depends on the layer's width by its fours alone. */
  @Test
  void networksShareKernels() {
    assertThat(design(8, 3).defines()).isEqualTo(design(1024, 3).defines());
    assertThat(design(8, 3).defines()).isNotEqualTo(design(9, 3).defines());
  }
}
