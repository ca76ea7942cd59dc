package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/** What every engine must do, by the one that takes all samples in one pass. */
@Tag("cuda")
@ExtendWith(KernelOfEachNetwork.class)
class CudaContractOnePassTest extends EngineContractTest {
  /** Where layers go one by one, cuBLAS may choose another kernel for several products. */
  @Override
  protected boolean modelsKeepBits() {
    return CudaTests.batchesKeepBits();
  }

  @Override
  protected List<Loss> losses(NetworkSpec spec) {
    return CudaTests.inTurn(super.losses(spec), spec);
  }

  @Override
  protected Backend openBackend() {
    return CudaTests.open(ForcedEngine.ONE_PASS);
  }

  /** Networks with several hidden layers and wide ones have no pass. */
  @Override
  protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
    TrainingEngine engine = backend.newTrainingEngine(plan);
    for (int i = 0; i < plan.models().size(); i++) {
      NetworkSpec spec = plan.models().get(i).spec();
      boolean others = spec.hidden().size() > 1 || spec.units(1) > 100;
      assertThat(engine.name(i)).isEqualTo(others ? "layered" : "one-pass");
    }
    return engine;
  }
}
