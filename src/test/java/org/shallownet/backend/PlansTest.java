package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
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
  void rowsAreAListThatRises() {
    assertThat(SampleRows.of(1, 4).others(6)).isEqualTo(SampleRows.of(0, 2, 3, 5));
    assertThat(SampleRows.of(1, 4).others(6).others(6)).isEqualTo(SampleRows.of(1, 4));
    assertThat(SampleRows.ALL.others(6)).isEqualTo(SampleRows.NONE).isNotEqualTo(SampleRows.ALL);
    assertThat(SampleRows.NONE.others(2)).isEqualTo(SampleRows.of(0, 1));
    assertThat(SampleRows.of(1, 4).count(6)).isEqualTo(2);
    assertThat(SampleRows.ALL.count(6)).isEqualTo(6);
    assertThat(SampleRows.of(1, 4).row(1)).isEqualTo(4);
    assertThatThrownBy(() -> SampleRows.of(1, 1)).hasMessage("rows must rise, but 1 comes after 1");
    assertThatThrownBy(() -> SampleRows.of(-1)).hasMessage("there is no row -1");
    assertThatThrownBy(() -> SampleRows.of(1, 6).others(6))
        .hasMessage("there is no row 6 among 6 samples");
    int[] given = {2, 3};
    SampleRows rows = SampleRows.of(given);
    given[0] = 0;
    assertThat(rows.row(0)).isEqualTo(2);
  }

  @Test
  void nothingThatJudgesIsTrainedOn() {
    SampleRows some = SampleRows.of(2, 5, 7);
    assertThatThrownBy(() -> new ModelSamples(some, SampleRows.of(0, 3, 7), 0))
        .hasMessage("row 7 is to be trained on and to judge the model, too");
    assertThatThrownBy(() -> new ModelSamples(SampleRows.ALL, some, 0))
        .hasMessageContaining("row 2");
    assertThatThrownBy(() -> new ModelSamples(some, SampleRows.ALL, 0))
        .hasMessageContaining("row 2");
    assertThatThrownBy(() -> new ModelSamples(SampleRows.ALL, SampleRows.ALL, 0))
        .hasMessageContaining("row 0");
    assertThatThrownBy(() -> new ModelSamples(SampleRows.NONE, some, 0))
        .hasMessageContaining("at least one row");
    assertThatThrownBy(() -> new ModelSamples(some, SampleRows.NONE, -2))
        .hasMessageContaining("no input -2");
    assertThat(new ModelSamples(some, SampleRows.of(0, 6), 0).judged()).isTrue();
  }

  @Test
  void whatModelsSeeLiesWithinThePlansSamples() {
    NetworkSpec two = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      Matrix features = backend.allocate(scope, 10, 4);
      Matrix targets = backend.allocate(scope, 10, 1);
      for (int first = 0; first <= 2; first++) {
        plan(features, targets, two, new ModelSamples(SampleRows.of(9), SampleRows.of(8), first));
      }
      for (int first : new int[] {-1, 3}) {
        ModelSamples outside = new ModelSamples(SampleRows.ALL, SampleRows.NONE, first);
        assertThatThrownBy(() -> plan(features, targets, two, outside))
            .hasMessageContaining("does not fit samples with 4 features and 1 targets");
      }
      for (ModelSamples outside :
          List.of(
              new ModelSamples(SampleRows.of(0, 10), SampleRows.NONE, 0),
              new ModelSamples(SampleRows.of(0), SampleRows.of(3, 10), 0))) {
        assertThatThrownBy(() -> plan(features, targets, two, outside))
            .hasMessage("there is no row 10 among 10 samples");
      }
      ModelSamples five = new ModelSamples(SampleRows.of(0, 1, 2, 3, 4), SampleRows.NONE, 0);
      ModelSamples three = new ModelSamples(SampleRows.of(6, 7, 9), SampleRows.NONE, 0);
      TrainingPlan plan = plan(features, targets, two, five, three);
      assertThat(plan.stepsPerEpoch()).isEqualTo(2);
      assertThat(plan.stepsPerEpoch(plan.models().get(1))).isEqualTo(1);
      assertThat(plan.batchRows(plan.models().get(1))).isEqualTo(3);
      assertThat(plan.fullBatch(plan.models().get(1))).isTrue();
      assertThat(plan.fullBatch()).isFalse();
      assertThat(TrainingPlan.stepsTaken(7, 2, 1)).isEqualTo(4);
    }
  }

  private static TrainingPlan plan(
      Matrix features, Matrix targets, NetworkSpec spec, ModelSamples... samples) {
    Weights initial = Weights.of(spec, new float[spec.parameterCount()]);
    return new TrainingPlan(
        features,
        targets,
        4,
        Arrays.stream(samples)
            .map(seen -> new ModelPlan(initial, Optimizer.Adam.of(0.1), 0, 1, seen, 0))
            .toList());
  }

  @Test
  void theFrontScalesRateIsANumberThatIsNotNegative() {
    for (double rate : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e40}) {
      assertThatThrownBy(
              () -> new ModelPlan(MODEL.initial(), MODEL.optimizer(), 0, 0, ModelSamples.ALL, rate))
          .hasMessageContaining("front scale");
    }
  }

  @Test
  void shapesArePositive() {
    assertThat(new Shape(3, 4)).hasToString("3×4");
    assertThatThrownBy(() -> new Shape(0, 1)).hasMessageContaining("0×1");
    assertThatThrownBy(() -> new Shape(1, 0)).hasMessageContaining("1×0");
  }
}
