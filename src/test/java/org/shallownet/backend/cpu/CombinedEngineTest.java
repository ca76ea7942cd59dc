package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.CombinedTrainingEngine;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.layered.LayeredTrainingEngine;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Weights;

/** Models with L2 in one engine, those without in another. */
class CombinedEngineTest extends EngineContractTest {
  @Override
  protected Backend openBackend() {
    return CpuBackend.open(BackendOptions.DEFAULT);
  }

  @Override
  protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
    return CombinedTrainingEngine.of(
        plan,
        model -> model.l2() > 0,
        part ->
            OwnSamplesEngine.open(
                backend, part, plain -> new LayeredTrainingEngine(backend, plain)));
  }

  private static TrainingPlan mixed(Backend backend, Scope scope) {
    NetworkSpec shallow =
        NetworkSpec.of(3, Output.SIGMOID_CROSS_ENTROPY, 1).withHidden(4, Activation.TANH);
    NetworkSpec wide = shallow.withHidden(400, Activation.TANH).withHidden(400, Activation.TANH);
    List<ModelPlan> models = new ArrayList<>();
    for (NetworkSpec spec : List.of(shallow, wide, shallow)) {
      Weights initial = Weights.of(spec, new float[spec.parameterCount()]);
      models.add(new ModelPlan(initial, new Optimizer.GradientDescent(0.1), 0, 0));
    }
    Matrix features = backend.allocate(scope, 5, 3);
    Matrix targets = backend.allocate(scope, 5, 1);
    return new TrainingPlan(features, targets, 5, models);
  }

  /**
   * As the CPU backend does for a plan of networks with and without a large layer between hidden
   * ones.
   */
  @Test
  void eachModelHasTheEngineThatItWouldHaveAlone() {
    try (Backend backend = openBackend();
        Scope scope = backend.newScope();
        TrainingEngine engine = backend.newTrainingEngine(mixed(backend, scope))) {
      assertThat(engine.name()).isEqualTo("tiled and layered");
      assertThat(engine.name(0)).isEqualTo("tiled");
      assertThat(engine.name(1)).isEqualTo("layered");
      assertThat(engine.name(2)).isEqualTo("tiled");
    }
  }

  @Test
  void anEngineThatCanNotBeOpenedLeavesNothingBehind() {
    List<String> closed = new ArrayList<>();
    try (Backend backend = openBackend();
        Scope scope = backend.newScope()) {
      TrainingPlan plan = mixed(backend, scope);
      int before = backend.openAllocations();
      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  CombinedTrainingEngine.of(
                      plan,
                      model -> model.spec().hidden().size() <= 1,
                      part -> {
                        if (part.models().size() == 1) {
                          throw new IllegalStateException("no room");
                        }
                        closed.add("opened");
                        return new LayeredTrainingEngine(backend, part);
                      }));
      assertThat(closed).hasSize(1);
      assertThat(backend.openAllocations()).isEqualTo(before);
    }
  }
}
