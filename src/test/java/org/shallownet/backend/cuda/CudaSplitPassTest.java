package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.shallownet.backend.cuda.OnePassJob.loss;
import static org.shallownet.backend.cuda.OnePassJob.network;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.cuda.fused.GradientPasses;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** Gradients in one pass whose products of float32 are three of tensor cores, against float64. */
@Tag("cuda")
class CudaSplitPassTest {
  /** What is left out of a product, and rounding errors that add up. */
  private static final double OFF = 0x1p-20;

  @AfterEach
  void clearProperty() {
    System.clearProperty(GradientPasses.SPLITS.name());
  }

  private static OnePassJob.Step onCores(OnePassJob job) {
    System.setProperty(GradientPasses.SPLITS.name(), "off");
    return job.step(Precision.FP32, false);
  }

  /** Units come by sixteens, features by sixteens or by eights, samples by sixteens. */
  @ParameterizedTest
  @CsvSource({
    "16, 16, TANH, SIGMOID_CROSS_ENTROPY, own, 1, false",
    "16, 112, RELU, SIGMOID_CROSS_ENTROPY, own, 33, true",
    "17, 31, LEAKY_RELU, SIGMOID_CROSS_ENTROPY, smoothed, 203, false",
    "19, 31, SIGMOID, IDENTITY_SQUARED_ERROR, huber, 47, true",
    "21, 33, TANH, IDENTITY_SQUARED_ERROR, quantile, 200, false",
    "32, 64, IDENTITY, IDENTITY_SQUARED_ERROR, own, 16, true",
    "27, 40, SIGMOID, EXPONENTIAL_POISSON, own, 100, true",
    "27, 40, SIGMOID, EXPONENTIAL_POISSON, own, 100, false",
    "28, 64, TANH, SIGMOID_CROSS_ENTROPY, own, 2000, true",
    "33, 20, TANH, SIGMOID_CROSS_ENTROPY, own, 130, false",
    "64, 16, RELU, SIGMOID_CROSS_ENTROPY, own, 130, false"
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
    job.step(Precision.FP32, weighted).requireNear(job, OFF);
  }

  /** Up to twice those, though tensor cores cut off what others round. */
  @ParameterizedTest
  @EnumSource(names = {"TANH", "SIGMOID", "RELU"})
  void errorsAreThoseOfFloat32(Activation activation) {
    NetworkSpec spec = network(28, 64, activation, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 3000, false);
    double split = job.step(Precision.FP32, false).meanOff(job);
    double onCores = onCores(job).meanOff(job);
    assertThat(split).isLessThan(2 * onCores);
    assertThat(onCores).isLessThan(0x1p-23);
  }

  @Test
  void productsAreSplit() {
    NetworkSpec spec = network(28, 64, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 300, false);
    OnePassJob.Step split = job.step(Precision.FP32, false);
    assertThat(split.weights).isNotEqualTo(onCores(job).weights);
    assertThat(job.step(Precision.TF32, false).meanOff(job))
        .isGreaterThan(100 * split.meanOff(job));
  }

  @Test
  void theSameAgainHasTheSameBits() {
    OnePassJob.requireSameBitsAgain(Precision.FP32);
  }

  /** As large and as small as float32 has them. */
  @Test
  void featuresOfAnySizeReachTheSameCost() {
    NetworkSpec spec = network(19, 17, Activation.TANH, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 18, false);
    job.x[2][3] = 0x1.ffcp127f;
    job.x[3][3] = -Float.MIN_VALUE;
    job.x[4][3] = Float.MIN_NORMAL;
    assertThat(job.step(Precision.FP32, false).progress.cost())
        .isCloseTo(onCores(job).progress.cost(), within(OFF));
  }

  /** A tile that has it goes forward by multiply-adds; the last tile here has 2 samples. */
  @ParameterizedTest
  @CsvSource({
    "19, 40, TANH, Infinity",
    "19, 40, TANH, -Infinity",
    "19, 40, TANH, 0x1.ffep127",
    "19, 40, TANH, 0x1.ffdffep127",
    "19, 40, TANH, NaN",
    "28, 16, SIGMOID, Infinity",
    "28, 64, RELU, Infinity"
  })
  void whatCannotBeSplitReachesTheSameCost(
      int inputs, int hidden, Activation activation, float feature) {
    NetworkSpec spec = network(inputs, hidden, activation, Output.SIGMOID_CROSS_ENTROPY);
    OnePassJob job = new OnePassJob(spec, Loss.OWN, 50, false);
    job.x[49][3] = feature;
    OnePassJob.Step split = job.step(Precision.FP32, false);
    OnePassJob.Step onCores = onCores(job);
    double cost = onCores.progress.cost();
    if (Double.isFinite(cost)) {
      assertThat(split.progress.cost()).isCloseTo(cost, within(OFF));
    } else {
      assertThat(Double.valueOf(split.progress.cost())).isEqualTo(Double.valueOf(cost));
    }
    for (int i = 0; i < onCores.weights.length; i++) {
      boolean ofFeature = i < inputs * hidden && i % inputs == 3;
      if (!ofFeature) {
        assertThat(Float.isFinite(split.weights[i]))
            .as("number " + i)
            .isEqualTo(Float.isFinite(onCores.weights[i]));
      }
    }
  }

  @Test
  void thePropertyIsOnOrOff() {
    System.setProperty(GradientPasses.SPLITS.name(), "maybe");
    assertThatThrownBy(CudaTests::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the system property shallownet.cuda.split is 'maybe': choose on or off");
  }
}
