package org.shallownet.backend.cpu;

import org.junit.jupiter.api.Nested;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendContractTest;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.cpu.primitives.Gemm;
import org.shallownet.backend.cpu.tiled.KernelChoice;

/** The contract in each of the forms that the CPU backend takes. */
class CpuBackendContractTest {
  private static Backend open(int threads, int arrayFloats, Gemm.Choice choice) {
    BackendOptions options = new BackendOptions(0, threads, BackendOptions.Precision.FP32);
    return CpuBackend.open(options, arrayFloats, choice, KernelChoice.AUTO);
  }

  @Nested
  class Default extends BackendContractTest {
    @Override
    protected Backend open() {
      return CpuBackend.open(BackendOptions.DEFAULT);
    }
  }

  @Nested
  class InJava extends BackendContractTest {
    @Override
    protected Backend open() {
      return CpuBackendContractTest.open(1, CpuBackend.ARRAY_FLOATS, Gemm.Choice.JAVA);
    }
  }

  @Nested
  class InOpenBlas extends BackendContractTest {
    @Override
    protected Backend open() {
      return CpuBackendContractTest.open(2, CpuBackend.ARRAY_FLOATS, Gemm.Choice.OPENBLAS);
    }
  }

  @Nested
  class InManyArrays extends BackendContractTest {
    @Override
    protected Backend open() {
      return CpuBackendContractTest.open(3, 1000, Gemm.Choice.JAVA);
    }
  }

  @Nested
  class InManyArraysByOpenBlas extends BackendContractTest {
    @Override
    protected Backend open() {
      return CpuBackendContractTest.open(3, 1000, Gemm.Choice.OPENBLAS);
    }
  }
}
