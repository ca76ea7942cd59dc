package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Which networks have gradients in one pass, and how. */
class OnePassDesignTest {
  private static Optional<OnePassDesign> design(int inputs, int hidden, int outputs) {
    return design(inputs, hidden, outputs, Products.FP32);
  }

  private static Optional<OnePassDesign> design(
      int inputs, int hidden, int outputs, Products products) {
    Output output = outputs == 1 ? Output.SIGMOID_CROSS_ENTROPY : Output.SOFTMAX_CROSS_ENTROPY;
    NetworkSpec spec = NetworkSpec.of(inputs, output, outputs);
    NetworkSpec network = hidden == 0 ? spec : spec.withHidden(hidden, Activation.TANH);
    return OnePassDesign.of(network, false, Loss.OWN, 0, products);
  }

  /** The fewest lanes whose registers hold the weights. */
  @ParameterizedTest
  @CsvSource({
    "2, 4, 1, 1, 4",
    "10, 32, 1, 8, 4",
    "28, 64, 1, 32, 4",
    "28, 0, 1, 1, 4",
    "50, 32, 3, 32, 4",
    "10, 100, 1, 32, 4"
  })
  void lanesAndWarps(int inputs, int hidden, int outputs, int lanes, int warps) {
    OnePassDesign design = design(inputs, hidden, outputs).orElseThrow();
    assertThat(design.lanes()).isEqualTo(lanes);
    assertThat(design.warps()).isEqualTo(warps);
  }

  @ParameterizedTest
  @CsvSource({"784, 1024, 10", "100, 64, 1", "28, 64, 17", "60, 0, 1", "28, 0, 5", "10, 200, 1"})
  void othersHaveNone(int inputs, int hidden, int outputs) {
    assertThat(design(inputs, hidden, outputs)).isEmpty();
  }

  @Test
  void deepNetworksHaveNone() {
    NetworkSpec deep =
        NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1)
            .withHidden(2, Activation.RELU)
            .withHidden(2, Activation.RELU);
    assertThat(OnePassDesign.of(deep, false, Loss.OWN, 0, Products.FP32)).isEmpty();
  }

  /** Two tiles for each warp, until the grid is as large as it gets. */
  @ParameterizedTest
  @CsvSource({"1, 1", "128, 1", "129, 2", "101376, 792", "10000000, 792"})
  void blocks(long samples, int blocks) {
    assertThat(design(28, 64, 1).orElseThrow().blocks(samples)).isEqualTo(blocks);
  }

  @ParameterizedTest
  @CsvSource({"134217728, 4194304", "2048, 256"})
  void passes(long floats, long samples) {
    assertThat(design(28, 64, 1).orElseThrow().passRows(floats)).isEqualTo(samples);
  }

  /** However many fit the memory. */
  @ParameterizedTest
  @CsvSource({"2, 4", "2, 64", "28, 64", "1, 0"})
  void noSumInFloatIsOfMoreThan4096Samples(int inputs, int hidden) {
    OnePassDesign design = design(inputs, hidden, 1).orElseThrow();
    long groups = 792L * design.warps() * (32 / design.lanes());
    assertThat(design.passRows(1L << 50) / groups).isBetween(2048L, 4096L);
  }

  /** One output, and registers for the network by sixteens of units. */
  @ParameterizedTest
  @CsvSource({
    "28, 64, 1, true",
    "32, 64, 1, true",
    "2, 4, 1, true",
    "28, 65, 1, false",
    "28, 30, 3, false",
    "28, 0, 1, false"
  })
  void tensorCores(int inputs, int hidden, int outputs, boolean multiply) {
    Optional<OnePassDesign> design = design(inputs, hidden, outputs, true);
    assertThat(design.map(OnePassDesign::tensorCores)).isNotEqualTo(Optional.of(!multiply));
  }

  @ParameterizedTest
  @CsvSource({"28, 64, 1, 16", "11, 128, 1, 8", "10, 100, 1, 16", "50, 32, 2, 8", "10, 32, 1, 8"})
  void depth(int inputs, int hidden, int outputs, int depth) {
    assertThat(design(inputs, hidden, outputs).orElseThrow().depth()).isEqualTo(depth);
  }
}
