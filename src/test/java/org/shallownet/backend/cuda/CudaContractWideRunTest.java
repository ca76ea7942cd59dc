package org.shallownet.backend.cuda;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.shallownet.backend.Backend;
import org.shallownet.backend.ModelPlan;
import org.shallownet.backend.TrainingPlan;

/**
 * The same by the wide form, which usually trains networks with more inputs than tests have. The
 * emulation takes a quarter of an hour for its blocks of 256 threads: {@code -Dthorough=true}.
 */
@Tag("cuda")
@EnabledIf(value = "wanted", disabledReason = "takes long: run it with -Dthorough=true")
class CudaContractWideRunTest extends CudaContractWholeRunTest {
  static boolean wanted() {
    return CudaTests.thorough();
  }

  @Override
  protected Backend openBackend() {
    return CudaTests.open(ForcedEngine.WHOLE_RUN_WIDE);
  }

  /** A network without a hidden layer has no units that a tile could hand on. */
  @Override
  boolean own(ModelPlan model, TrainingPlan plan) {
    return model.spec().hidden().size() == 1
        && model.spec().units(1) <= 100
        && plan.batchRows(model) <= 1024;
  }
}
