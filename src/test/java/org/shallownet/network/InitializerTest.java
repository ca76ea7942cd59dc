package org.shallownet.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InitializerTest {
  private static NetworkSpec spec(Activation activation) {
    return NetworkSpec.of(200, Output.SOFTMAX_CROSS_ENTROPY, 50).withHidden(300, activation);
  }

  private static double deviation(Weights weights, int l) {
    double squares = 0;
    float[] values = weights.weights(l);
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }

  @Test
  void heHasTheDeviationOfItsFormula() {
    Weights weights = new Initializer.He().create(spec(Activation.RELU), 1);
    assertThat(deviation(weights, 1)).isCloseTo(Math.sqrt(2.0 / 200), within(0.001));
    assertThat(deviation(weights, 2)).isCloseTo(Math.sqrt(2.0 / 300), within(0.002));
  }

  @Test
  void glorotHasTheDeviationOfItsFormula() {
    Weights weights = new Initializer.Glorot().create(spec(Activation.TANH), 1);
    assertThat(deviation(weights, 1)).isCloseTo(Math.sqrt(2.0 / 500), within(0.001));
    assertThat(deviation(weights, 2)).isCloseTo(Math.sqrt(2.0 / 350), within(0.002));
  }

  @Test
  void autoIsHeForRectifiersAndGlorotElsewhere() {
    Weights relu = new Initializer.Auto().create(spec(Activation.RELU), 1);
    assertThat(relu.weights(1))
        .isEqualTo(new Initializer.He().create(spec(Activation.RELU), 1).weights(1));
    assertThat(relu.weights(2))
        .isEqualTo(new Initializer.Glorot().create(spec(Activation.RELU), 1).weights(2));
    Weights leaky = new Initializer.Auto().create(spec(Activation.LEAKY_RELU), 1);
    assertThat(leaky.weights(1)).isEqualTo(relu.weights(1));
    Weights tanh = new Initializer.Auto().create(spec(Activation.TANH), 1);
    assertThat(tanh).isEqualTo(new Initializer.Glorot().create(spec(Activation.TANH), 1));
  }

  @Test
  void normalUsesItsDeviationInEveryLayer() {
    Weights weights = new Initializer.Normal(0.01).create(spec(Activation.TANH), 1);
    assertThat(deviation(weights, 1)).isCloseTo(0.01, within(1e-4));
    assertThat(deviation(weights, 2)).isCloseTo(0.01, within(2e-4));
  }

  @Test
  void zerosAreZerosAndBiasesAlwaysBeginAtZero() {
    Weights zeros = new Initializer.Zeros().create(spec(Activation.TANH), 1);
    assertThat(zeros.toArray()).containsOnly(0f);
    assertThat(new Initializer.He().create(spec(Activation.RELU), 1).biases(1)).containsOnly(0f);
  }

  @Test
  void theSeedDecidesTheWeights() {
    Initializer he = new Initializer.He();
    assertThat(he.create(spec(Activation.RELU), 5)).isEqualTo(he.create(spec(Activation.RELU), 5));
    assertThat(he.create(spec(Activation.RELU), 5))
        .isNotEqualTo(he.create(spec(Activation.RELU), 6));
  }

  /** Frozen: models must start from the same weights in every version. */
  @Test
  void firstWeightsOfSeedZeroAreFrozen() {
    NetworkSpec small = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    float[] values = new Initializer.Normal(1).create(small, 0).toArray();
    assertThat(values[2]).isZero();
    Philox.Stream stream = Philox.stream(0, Philox.Purpose.WEIGHTS, 1);
    assertThat(values[0]).isEqualTo((float) stream.nextNormal());
    assertThat(values[1]).isEqualTo((float) stream.nextNormal());
    assertThat(values[0]).isEqualTo(-0.9917868f);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesADeviationThatIsNone(double deviation) {
    assertThatThrownBy(() -> new Initializer.Normal(deviation))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("positive and finite");
  }
}
