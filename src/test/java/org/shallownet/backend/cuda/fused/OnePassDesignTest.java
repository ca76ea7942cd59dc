package org.shallownet.backend.cuda.fused;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.BackendOptions.Precision;
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
    return OnePassDesign.of(network, false, Loss.OWN, 0, List.of(products, Products.FP32));
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
    assertThat(OnePassDesign.of(deep, false, Loss.OWN, 0, List.of(Products.FP32))).isEmpty();
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

  /** One output, and registers for the network by sixteens of units; else float32. */
  @ParameterizedTest
  @CsvSource({
    "28, 64, 1, TF32, BF16",
    "32, 64, 1, TF32, BF16",
    "2, 4, 1, TF32, BF16",
    "8, 112, 1, TF32, BF16",
    "8, 128, 1, FP32, BF16",
    "28, 65, 1, , ",
    "8, 129, 1, FP32, FP32",
    "28, 30, 3, FP32, FP32",
    "28, 0, 1, FP32, FP32"
  })
  void tensorCores(int inputs, int hidden, int outputs, Products ofTf32, Products ofBf16) {
    assertThat(design(inputs, hidden, outputs, Products.TF32).map(OnePassDesign::products))
        .isEqualTo(Optional.ofNullable(ofTf32));
    assertThat(design(inputs, hidden, outputs, Products.BF16).map(OnePassDesign::products))
        .isEqualTo(Optional.ofNullable(ofBf16));
  }

  @Test
  void bfloat16HasRoomForEveryNetworkThatTf32Has() {
    for (int inputs = 1; inputs <= 80; inputs++) {
      for (int hidden = 1; hidden <= 160; hidden++) {
        Optional<Products> tf32 =
            design(inputs, hidden, 1, Products.TF32).map(OnePassDesign::products);
        if (tf32.equals(Optional.of(Products.TF32))) {
          assertThat(design(inputs, hidden, 1, Products.BF16).map(OnePassDesign::products))
              .as(inputs + " features, " + hidden + " units")
              .contains(Products.BF16);
        }
      }
    }
  }

  /** A product adds up a tile's samples. */
  @Test
  void aTileIsAsLargeAsAProduct() {
    assertThat(design(28, 64, 1, Products.TF32).orElseThrow().tile()).isEqualTo(8);
    assertThat(design(28, 64, 1, Products.BF16).orElseThrow().tile()).isEqualTo(16);
  }

  /** Dropout needs lanes that have units of their own. */
  @Test
  void dropoutTakesFloat32() {
    NetworkSpec spec =
        NetworkSpec.of(4, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(8, Activation.TANH);
    OnePassDesign design =
        OnePassDesign.of(spec, false, Loss.OWN, 0.5, List.of(Products.BF16, Products.FP32))
            .orElseThrow();
    assertThat(design.products()).isEqualTo(Products.FP32);
  }

  /** Split factors pay where sixteens of features and units are full, or nearly so. */
  @ParameterizedTest
  @CsvSource({
    "28, 64, 1, SPLIT",
    "32, 64, 1, SPLIT",
    "16, 112, 1, SPLIT",
    "64, 16, 1, SPLIT",
    "16, 16, 1, SPLIT",
    "15, 32, 1, FP32",
    "32, 15, 1, FP32",
    "8, 64, 1, FP32",
    "28, 30, 3, FP32",
    "28, 0, 1, FP32",
    "40, 32, 1, FP32",
    "33, 64, 1, "
  })
  void splitFactors(int inputs, int hidden, int outputs, Products products) {
    assertThat(design(inputs, hidden, outputs, Products.SPLIT).map(OnePassDesign::products))
        .isEqualTo(Optional.ofNullable(products));
  }

  /** Another loss than the output's own takes registers. */
  @ParameterizedTest
  @CsvSource({"60, ", "48, SPLIT"})
  void splitFactorsOfCounts(int hidden, Products products) {
    NetworkSpec spec =
        NetworkSpec.of(28, Output.EXPONENTIAL_POISSON, 1).withHidden(hidden, Activation.TANH);
    List<Products> any = List.of(Products.SPLIT, Products.FP32);
    assertThat(OnePassDesign.of(spec, true, Loss.OWN, 0, any).map(OnePassDesign::products))
        .isEqualTo(Optional.ofNullable(products));
  }

  @ParameterizedTest
  @CsvSource({
    "FP32, 9, true, SPLIT FP32",
    "FP32, 9, false, FP32",
    "TF32, 8, true, TF32 SPLIT FP32",
    "BF16, 8, false, BF16 FP32",
    "BF16, 12, true, BF16 SPLIT FP32",
    "TF32, 7, true, FP32",
    "BF16, 7, true, FP32",
    "FP32, 7, true, FP32"
  })
  void productsOfAPrecisionOnACard(
      Precision precision, int major, boolean splits, String products) {
    assertThat(Products.of(precision, major, splits))
        .extracting(Products::name)
        .containsExactly(products.split(" ", -1));
  }

  @ParameterizedTest
  @CsvSource({"28, 64, 1, 16", "11, 128, 1, 8", "10, 100, 1, 16", "50, 32, 2, 8", "10, 32, 1, 8"})
  void depth(int inputs, int hidden, int outputs, int depth) {
    assertThat(design(inputs, hidden, outputs).orElseThrow().depth()).isEqualTo(depth);
  }
}
