package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.cuda.OnePassJob.loss;
import static org.shallownet.backend.cuda.OnePassJob.network;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Gradients in one pass whose products tensor cores take in bfloat16, against float64. */
@Tag("cuda")
class CudaBf16PassTest {
  /** A factor with 7 bits of fraction is off by half of their last place at most. */
  private static final double HALF_A_PLACE = 0x1p-8;

  @AfterEach
  void clearProperty() {
    System.clearProperty(GradientPasses.SPLITS.name());
  }

  /**
   * Rounding errors of many products partly cancel, so that no derivative is off by more than the
   * largest of them is by the error of one factor. Features, units and samples come by sixteens,
   * which these numbers mostly aren't.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, TANH, SIGMOID_CROSS_ENTROPY, own, 1, false",
    "1, 17, RELU, SIGMOID_CROSS_ENTROPY, own, 33, true",
    "7, 16, LEAKY_RELU, SIGMOID_CROSS_ENTROPY, smoothed, 203, false",
    "8, 31, SIGMOID, IDENTITY_SQUARED_ERROR, huber, 47, true",
    "15, 33, TANH, IDENTITY_SQUARED_ERROR, quantile, 200, false",
    "16, 16, IDENTITY, IDENTITY_SQUARED_ERROR, own, 16, false",
    "17, 40, SIGMOID, EXPONENTIAL_POISSON, own, 100, true",
    "28, 64, TANH, SIGMOID_CROSS_ENTROPY, own, 203, true",
    "33, 20, TANH, SIGMOID_CROSS_ENTROPY, own, 130, false"
  })
  void gradientsAreThoseOfFloat64(
      int inputs,
      int hidden,
      Activation activation,
      Output output,
      String loss,
      int rows,
      boolean weighted) {
    NetworkSpec spec = network(inputs, hidden, activation, output);
    OnePassJob job = new OnePassJob(spec, loss(loss), rows, weighted);
    job.step(Precision.BF16, weighted).requireNear(job, HALF_A_PLACE);
  }

  /** Of eight times the rounding errors of TF32, by chance a little more or less. */
  @Test
  void productsAreOfBfloat16() {
    OnePassJob job =
        new OnePassJob(
            network(9, 20, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY), Loss.OWN, 90, false);
    double ofTf32 = job.step(Precision.TF32, false).mostOff(job);
    assertThat(job.step(Precision.BF16, false).mostOff(job)).isBetween(3 * ofTf32, 24 * ofTf32);
  }

  @Test
  void theSameAgainHasTheSameBits() {
    OnePassJob.requireSameBitsAgain(Precision.BF16);
  }

  /** Features that float32 has and bfloat16 doesn't, and padding beside an infinite one. */
  @Test
  void infiniteFeaturesReachTheSameCost() {
    NetworkSpec spec = network(19, 17, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 18, false);
    job.x[2][3] = Float.POSITIVE_INFINITY;
    job.x[5][7] = Float.MAX_VALUE;
    double cost = job.step(Precision.BF16, false).progress.cost();
    System.setProperty(GradientPasses.SPLITS.name(), "off");
    assertThat(cost)
        .isCloseTo(job.step(Precision.FP32, false).progress.cost(), within(HALF_A_PLACE));
  }
}
