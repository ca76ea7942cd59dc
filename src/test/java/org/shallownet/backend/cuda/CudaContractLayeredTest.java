package org.shallownet.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.shallownet.backend.Backend;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;

/** What every engine must do, by the layered one on a card. */
@Tag("cuda")
class CudaContractLayeredTest extends EngineContractTest {
  /** cuBLAS may choose another kernel for several products. */
  @Override
  protected boolean modelsKeepBits() {
    return CudaTests.batchesKeepBits();
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
