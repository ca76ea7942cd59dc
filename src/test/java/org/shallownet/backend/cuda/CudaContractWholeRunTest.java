package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/** What every engine must do, by the one that keeps whole trainings on the card. */
@Tag("cuda")
@ExtendWith(KernelOfEachNetwork.class)
class CudaContractWholeRunTest extends EngineContractTest {
  @Override
  protected List<Loss> losses(NetworkSpec spec) {
    return CudaTests.inTurn(super.losses(spec), spec);
  }

  @Override
  protected Backend openBackend() {
    return CudaTests.open(ForcedEngine.WHOLE_RUN);
  }

  /** Networks with several hidden layers and wide ones are none of its business. */
  @Override
  protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
    assumeTrue(
        plan.models().stream().anyMatch(model -> own(model, plan)),
        "tested as layered by CudaContractLayeredTest");
    TrainingEngine engine = backend.newTrainingEngine(plan);
    for (int i = 0; i < plan.models().size(); i++) {
      boolean own = own(plan.models().get(i), plan);
      assertThat(engine.name(i)).isEqualTo(own ? "whole-run" : "layered");
    }
    return engine;
  }

  /** Whether the engine trains such a network. */
  boolean own(ModelPlan model, TrainingPlan plan) {
    NetworkSpec spec = model.spec();
    return spec.hidden().size() <= 1 && spec.units(1) <= 100;
  }
}
