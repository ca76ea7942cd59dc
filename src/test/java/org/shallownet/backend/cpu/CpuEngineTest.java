package org.shallownet.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.OwnSamplesEngine;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.tiled.KernelChoice;
import org.shallownet.backend.layered.LayeredTrainingEngine;

/** The engines that run on the CPU. */
class CpuEngineTest {
  private static CpuBackend open(
      int threads, int arrayFloats, Gemm.Choice gemm, KernelChoice kernels) {
    BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
    return CpuBackend.open(options, arrayFloats, gemm, kernels);
  }

  abstract static class Layered extends EngineContractTest {
    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      return OwnSamplesEngine.open(
          backend, plan, plain -> new LayeredTrainingEngine(backend, plain));
    }
  }

  @Nested
  class LayeredByDefault extends Layered {
    @Override
    protected Backend openBackend() {
      return CpuBackend.open(BackendOptions.DEFAULT);
    }
  }

  @Nested
  class LayeredInManyArraysByOpenBlas extends Layered {
    @Override
    protected Backend openBackend() {
      return open(3, 20_000, Gemm.Choice.OPENBLAS, KernelChoice.AUTO);
    }
  }

  /** Tiles for every network. */
  abstract static class Tiled extends EngineContractTest {
    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      TrainingEngine engine = backend.newTrainingEngine(plan);
      assertThat(engine.name()).isEqualTo("tiled");
      return engine;
    }
  }

  @Nested
  class TiledByVectors extends Tiled {
    @Override
    protected Backend openBackend() {
      return open(2, CpuBackend.ARRAY_FLOATS, Gemm.Choice.AUTO, KernelChoice.ON);
    }
  }

  @Nested
  class TiledByVectorsInManyArrays extends Tiled {
    @Override
    protected Backend openBackend() {
      return open(7, 20_000, Gemm.Choice.AUTO, KernelChoice.ON);
    }
  }

  @Nested
  class TiledInPlainJava extends Tiled {
    @Override
    protected Backend openBackend() {
      return open(3, CpuBackend.ARRAY_FLOATS, Gemm.Choice.JAVA, KernelChoice.OFF);
    }
  }
}
