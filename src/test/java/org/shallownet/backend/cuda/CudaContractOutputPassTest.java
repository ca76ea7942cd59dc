package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

/**
 * What every engine must do, by the layered one with passes over the output layer. The emulation
 * takes two minutes to compile all their kernels: {@code -Dthorough=true}.
 */
@Tag("cuda")
@EnabledIf(value = "wanted", disabledReason = "takes long: run it with -Dthorough=true")
@ExtendWith(KernelOfEachNetwork.class)
class CudaContractOutputPassTest extends EngineContractTest {
  static boolean wanted() {
    return CudaTests.thorough();
  }

  /** cuBLAS may choose another kernel for several products. */
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
    return CudaTests.open(ForcedEngine.OUTPUT_PASS);
  }

  @Override
  protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
    TrainingEngine engine = backend.newTrainingEngine(plan);
    for (int i = 0; i < plan.models().size(); i++) {
      ModelPlan model = plan.models().get(i);
      boolean own = !model.spec().hidden().isEmpty() && model.refinements().dropout() == 0;
      assertThat(engine.name(i)).isEqualTo(own ? "output-pass" : "layered");
    }
    return engine;
  }
}
