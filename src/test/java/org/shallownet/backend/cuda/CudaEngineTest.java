package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.Networks;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/** The engines that run on a card. */
@Tag("cuda")
class CudaEngineTest {
  /** The system property with which, set to true, every shape is tried on the emulation, too. */
  private static final String ALL_SHAPES = "shallownet.test.shapes.all";

  /**
   * Whether a kit's case is tried. Each shape has kernels of its own, which take g++ a second: of
   * the 30 combinations of activation and output ten are tried, each activation and each output
   * among them; on a card all.
   */
  private static boolean isTried(TrainingPlan plan) {
    NetworkSpec spec = plan.models().get(0).spec();
    if (CudaTests.onCard()
        || Boolean.getBoolean(ALL_SHAPES)
        || plan.models().size() > 1
        || spec.hidden().size() != 1
        || spec.units(1) != Networks.HIDDEN) {
      return true;
    }
    int output = 2 * List.of(Output.values()).indexOf(spec.output()) + spec.outputs() % 2;
    int activation = List.of(Activation.values()).indexOf(spec.hidden().get(0).activation());
    return (activation + output) % 3 == 0;
  }

  @Nested
  class Layered extends EngineContractTest {
    /** cuBLAS may choose another kernel for several products. */
    @Override
    protected boolean modelsKeepBits() {
      return !CudaTests.onCard();
    }

    @Override
    protected Backend openBackend() {
      return CudaTests.open();
    }

    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      TrainingEngine engine = backend.newTrainingEngine(plan);
      assertThat(engine.name()).isEqualTo("layered");
      return engine;
    }
  }

  @Nested
  class WholeRun extends EngineContractTest {
    @Override
    protected Backend openBackend() {
      return CudaTests.open(EngineChoice.WHOLE_RUN);
    }

    /** Networks with several hidden layers or wide ones are none of its business. */
    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      assumeTrue(isTried(plan), "of the kit's shapes a third is compiled for the emulation");
      assumeTrue(
          plan.models().stream().anyMatch(model -> own(model.spec())), "tested as layered above");
      TrainingEngine engine = backend.newTrainingEngine(plan);
      for (int i = 0; i < plan.models().size(); i++) {
        boolean own = own(plan.models().get(i).spec());
        assertThat(engine.name(i)).isEqualTo(own ? "whole-run" : "layered");
      }
      return engine;
    }

    private static boolean own(NetworkSpec spec) {
      return spec.hidden().size() <= 1 && spec.units(1) <= 100;
    }
  }

  @Nested
  class OnePass extends EngineContractTest {
    /** Where layers go one by one, cuBLAS may choose another kernel for several products. */
    @Override
    protected boolean modelsKeepBits() {
      return !CudaTests.onCard();
    }

    @Override
    protected Backend openBackend() {
      return CudaTests.open(EngineChoice.ONE_PASS);
    }

    /** Networks with several hidden layers, or wide ones, have no pass. */
    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      assumeTrue(isTried(plan), "of the kit's shapes a third is compiled for the emulation");
      TrainingEngine engine = backend.newTrainingEngine(plan);
      for (int i = 0; i < plan.models().size(); i++) {
        NetworkSpec spec = plan.models().get(i).spec();
        boolean others = spec.hidden().size() > 1 || spec.units(1) > 100;
        assertThat(engine.name(i)).isEqualTo(others ? "layered" : "one-pass");
      }
      return engine;
    }
  }
}
