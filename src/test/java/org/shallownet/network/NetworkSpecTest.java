package org.shallownet.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkSpecTest {
  private final NetworkSpec spec =
      NetworkSpec.of(3, Output.SOFTMAX_CROSS_ENTROPY, 2)
          .withHidden(5, Activation.TANH)
          .withHidden(4, Activation.RELU);

  @Test
  void parametersLieLayerByLayerWeightsBeforeBiases() {
    assertThat(spec.layerCount()).isEqualTo(3);
    assertThat(spec.sizes()).isEqualTo("3-5-4-2");
    assertThat(spec.weightsOffset(1)).isZero();
    assertThat(spec.biasOffset(1)).isEqualTo(15);
    assertThat(spec.weightsOffset(2)).isEqualTo(20);
    assertThat(spec.biasOffset(2)).isEqualTo(40);
    assertThat(spec.weightsOffset(3)).isEqualTo(44);
    assertThat(spec.biasOffset(3)).isEqualTo(52);
    assertThat(spec.parameterCount()).isEqualTo(54);
  }

  @Test
  void weightsAreFoundByLayerAndUnit() {
    float[] values = new float[54];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Weights weights = Weights.of(spec, values);
    assertThat(weights.weight(1, 0, 2)).isEqualTo(2);
    assertThat(weights.weight(2, 3, 4)).isEqualTo(39);
    assertThat(weights.bias(2, 3)).isEqualTo(43);
    assertThat(weights.weights(3)).hasSize(8).startsWith(44);
    assertThat(weights.biases(3)).containsExactly(52, 53);
    assertThat(weights.spec()).isEqualTo(spec);
    assertThat(weights.toString()).contains("3-5-4-2");
    assertThatThrownBy(() -> weights.weight(1, 5, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> weights.bias(1, 5)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aSnapshotDoesNotChange() {
    float[] values = new float[54];
    Weights weights = Weights.of(spec, values);
    values[0] = 1;
    weights.toArray()[1] = 1;
    assertThat(weights).isEqualTo(Weights.of(spec, new float[54]));
    assertThat(weights.hashCode()).isEqualTo(Weights.of(spec, new float[54]).hashCode());
    assertThat(weights.isFinite()).isTrue();
    values[0] = Float.NaN;
    assertThat(Weights.of(spec, values).isFinite()).isFalse();
  }

  @Test
  void refusesSizesThatAreNone() {
    assertThatThrownBy(() -> NetworkSpec.of(0, Output.SIGMOID_CROSS_ENTROPY, 1))
        .hasMessageContaining("at least 1 input");
    assertThatThrownBy(() -> NetworkSpec.of(1, Output.SIGMOID_CROSS_ENTROPY, 0))
        .hasMessageContaining("at least 1 units");
    assertThatThrownBy(() -> NetworkSpec.of(1, Output.SOFTMAX_CROSS_ENTROPY, 1))
        .hasMessageContaining("at least 2 units");
    assertThatThrownBy(() -> spec.withHidden(0, Activation.TANH))
        .hasMessageContaining("at least 1 unit");
    assertThatThrownBy(() -> Weights.of(spec, new float[53]))
        .hasMessageContaining("54 parameters, not 53");
  }

  @Test
  void refusesMoreParametersThanAnArrayHolds() {
    assertThatThrownBy(
            () ->
                new NetworkSpec(
                    100_000,
                    List.of(new HiddenLayer(100_000, Activation.RELU)),
                    Output.SIGMOID_CROSS_ENTROPY,
                    1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than 10000100000 parameters");
    assertThatThrownBy(() -> NetworkSpec.of(50_000, Output.SOFTMAX_CROSS_ENTROPY, 50_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 2500050000 parameters");
  }

  /** Their number does not even fit a long. */
  @Test
  void refusesSizesWhoseProductsOverflow() {
    HiddenLayer widest = new HiddenLayer(Integer.MAX_VALUE, Activation.RELU);
    assertThatThrownBy(
            () ->
                new NetworkSpec(
                    28, List.of(widest, widest, widest), Output.SIGMOID_CROSS_ENTROPY, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 2147483583 are possible");
  }

  @Test
  void namesAreFoundAndUnknownOnesListThoseThereAre() {
    for (Activation activation : Activation.values()) {
      assertThat(Activation.of(activation.toString())).isEqualTo(activation);
    }
    for (Output output : Output.values()) {
      assertThat(Output.of(output.toString())).isEqualTo(output);
    }
    assertThatThrownBy(() -> Activation.of("swish"))
        .hasMessage(
            "unknown activation 'swish': choose one of relu, leaky-relu, tanh, sigmoid, identity");
    assertThatThrownBy(() -> Output.of("swish")).hasMessageContaining("swish");
  }

  @Test
  void targetColumnsFollowTheOutput() {
    assertThat(Output.SOFTMAX_CROSS_ENTROPY.targetColumns(10)).isEqualTo(1);
    assertThat(Output.SIGMOID_CROSS_ENTROPY.targetColumns(3)).isEqualTo(3);
    assertThat(Output.IDENTITY_SQUARED_ERROR.targetColumns(2)).isEqualTo(2);
  }
}
