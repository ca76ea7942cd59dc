package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.shallownet.backend.AbstractBackend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;

/** The engines that run on the CPU. */
class CpuEngineTest {
  abstract static class Layered extends EngineContractTest {
    @Override
    protected TrainingEngine newEngine(AbstractBackend backend, TrainingPlan plan) {
      TrainingEngine engine = backend.newTrainingEngine(plan);
      assertThat(engine.name()).isEqualTo("layered");
      return engine;
    }
  }

  @Nested
  class Default extends Layered {
    @Override
    protected AbstractBackend openBackend() {
      return CpuBackend.open(BackendOptions.DEFAULT);
    }
  }

  @Nested
  class InManyArraysByOpenBlas extends Layered {
    @Override
    protected AbstractBackend openBackend() {
      BackendOptions options = new BackendOptions(0, 3, BackendOptions.Precision.FP32);
      return CpuBackend.open(options, 20_000, Gemm.Choice.OPENBLAS);
    }
  }
}
