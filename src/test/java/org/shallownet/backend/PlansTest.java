package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.Shape;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Plans and settings refuse what makes no sense before a device is bothered. */
class PlansTest {
  private static final NetworkSpec SPEC = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
  private static final ModelPlan MODEL =
      new ModelPlan(Weights.of(SPEC, new float[3]), Optimizer.Adam.of(0.1), 0, 1);

  @Test
  void stepsPerEpochCountTheShortBatch() {
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      Matrix features = backend.allocate(scope, 10, 2);
      Matrix targets = backend.allocate(scope, 10, 1);
      assertThat(new TrainingPlan(features, targets, 4, List.of(MODEL)).stepsPerEpoch())
          .isEqualTo(3);
      TrainingPlan full = new TrainingPlan(features, targets, 10, List.of(MODEL));
      assertThat(full.stepsPerEpoch()).isEqualTo(1);
      assertThat(full.fullBatch()).isTrue();

      assertThatThrownBy(() -> new TrainingPlan(features, targets, 11, List.of(MODEL)))
          .hasMessageContaining("1 to 10 samples");
      assertThatThrownBy(() -> new TrainingPlan(features, targets, 0, List.of(MODEL)))
          .hasMessageContaining("1 to 10 samples");
      assertThatThrownBy(() -> new TrainingPlan(features, targets, 1, List.of()))
          .hasMessageContaining("at least one model");
      assertThatThrownBy(() -> new TrainingPlan(features, targets.rows(0, 9), 1, List.of(MODEL)))
          .hasMessageContaining("10×2");
      assertThatThrownBy(() -> new TrainingPlan(targets, targets, 1, List.of(MODEL)))
          .hasMessage(
              "a 2-1 network with sigmoid output does not fit samples with 1 features and 1"
                  + " targets");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e39, 1e-50})
  void learningRatesArePositiveFloats(double rate) {
    for (Optimizer optimizer :
        List.of(
            Optimizer.Adam.of(1),
            new Optimizer.Momentum(1, 0.9),
            new Optimizer.GradientDescent(1))) {
      assertThatThrownBy(() -> optimizer.withLearningRate(rate))
          .as(optimizer.id())
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(optimizer.withLearningRate(0.5).learningRate()).isEqualTo(0.5);
    }
  }

  @Test
  void optimizersRefuseSettingsOutOfRange() {
    assertThatThrownBy(() -> new Optimizer.Momentum(1, 1)).hasMessageContaining("momentum");
    assertThatThrownBy(() -> new Optimizer.Momentum(1, -0.1)).hasMessageContaining("momentum");
    assertThatThrownBy(() -> new Optimizer.Adam(1, 1, 0.9, 1e-8)).hasMessageContaining("beta1");
    assertThatThrownBy(() -> new Optimizer.Adam(1, 0.9, Double.NaN, 1e-8))
        .hasMessageContaining("beta2");
    assertThatThrownBy(() -> new Optimizer.Adam(1, 0.9, 0.9, 0)).hasMessageContaining("epsilon");
    // In float32 these are 0, infinite and 1.
    assertThatThrownBy(() -> new Optimizer.Adam(1, 0.9, 0.9, 1e-50))
        .hasMessageContaining("epsilon");
    assertThatThrownBy(() -> new Optimizer.Adam(1, 0.9, 0.9, 1e39)).hasMessageContaining("epsilon");
    assertThatThrownBy(() -> new Optimizer.Momentum(1, 1 - 1e-12)).hasMessageContaining("momentum");
    assertThatThrownBy(() -> new ModelPlan(MODEL.initial(), MODEL.optimizer(), 1e39, 0))
        .hasMessageContaining("L2");
    assertThatThrownBy(() -> new ModelPlan(MODEL.initial(), MODEL.optimizer(), -1, 0))
        .hasMessageContaining("L2");
    assertThatThrownBy(() -> new ModelPlan(MODEL.initial(), MODEL.optimizer(), Double.NaN, 0))
        .hasMessageContaining("L2");
  }

  @Test
  void shapesArePositive() {
    assertThat(new Shape(3, 4)).hasToString("3×4");
    assertThatThrownBy(() -> new Shape(0, 1)).hasMessageContaining("0×1");
    assertThatThrownBy(() -> new Shape(1, 0)).hasMessageContaining("1×0");
  }
}
