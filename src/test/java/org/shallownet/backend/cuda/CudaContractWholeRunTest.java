package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;

/** What every engine must do, by the one that keeps whole trainings on the card. */
@Tag("cuda")
class CudaContractWholeRunTest extends EngineContractTest {
  @Override
  protected Backend openBackend() {
    return CudaTests.open(ForcedEngine.WHOLE_RUN);
  }

  /** Networks with several hidden layers, wide ones and counts are none of its business. */
  @Override
  protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
    assumeTrue(
        plan.models().stream().anyMatch(model -> own(model)),
        "tested as layered by CudaContractLayeredTest");
    TrainingEngine engine = backend.newTrainingEngine(plan);
    for (int i = 0; i < plan.models().size(); i++) {
      boolean own = own(plan.models().get(i));
      assertThat(engine.name(i)).isEqualTo(own ? "whole-run" : "layered");
    }
    return engine;
  }

  private static boolean own(ModelPlan model) {
    NetworkSpec spec = model.spec();
    return !model.hasFrontScale()
        && !isOfCounts(model)
        && !(model.optimizer() instanceof Optimizer.Nesterov)
        && model.refinements().equals(Refinements.NONE)
        && spec.hidden().size() <= 1
        && spec.units(1) <= 100;
  }

  private static boolean isOfCounts(ModelPlan model) {
    return model.spec().output() == Output.EXPONENTIAL_POISSON;
  }
}
