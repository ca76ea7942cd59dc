package org.shallownet.backend.cuda;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendContractTest;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.EngineContractTest;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.backend.TrainingPlan;

/**
 * The contracts on an emulated card that works late, as a real one does: a copy or a kernel runs
 * when something waits for it, and what doesn't depend on each other runs in an order that a seed
 * decides. A missing wait then gives a wrong result; otherwise all work has been done when its call
 * returns. Work comes in pieces so small that buffers are used again and again.
 *
 * <p>The order is the emulation's and no matter of the JDK: tag {@code deferred}, which {@code
 * ci/test-jdk25.sh} leaves out.
 */
@Tag("deferred")
@ExtendWith(KernelOfEachNetwork.class)
class CudaDeferredTest {
  @AfterAll
  static void workAtOnceAgain() {
    if (!CudaTests.onCard() && CudaEmulator.available()) {
      CudaEmulator.reset();
    }
  }

  private static Backend openEmulated() {
    CudaTests.requireEmulation();
    return CudaTests.open(Precision.FP32, CudaBackendContractTest.SMALL_PIECES);
  }

  @Nested
  class Primitives extends BackendContractTest {
    @Override
    protected Backend open() {
      return openEmulated();
    }

    /** Each test has an order of its own, the same every time. */
    @BeforeEach
    void defer(TestInfo test) {
      CudaEmulator.deferStreams(test.getDisplayName().hashCode() | 1);
    }
  }

  private abstract static class Engine extends EngineContractTest {
    @Override
    protected Backend openBackend() {
      return openEmulated();
    }

    @Override
    protected TrainingEngine newEngine(Backend backend, TrainingPlan plan) {
      return backend.newTrainingEngine(plan);
    }
  }

  /** Gradients in passes of 256 samples; each test has an order of its own. */
  @Nested
  class PassesInAdversarialOrder extends Engine {
    @Override
    protected Backend openBackend() {
      CudaTests.requireEmulation();
      return CudaTests.open(
          Precision.FP32, CudaBackendContractTest.SMALL_PIECES, ForcedEngine.ONE_PASS);
    }

    @BeforeEach
    void defer(TestInfo test) {
      CudaEmulator.deferStreams(test.getDisplayName().hashCode() | 1);
    }
  }

  /** Nothing runs before it must. */
  @Nested
  class EngineAtTheLastMoment extends Engine {
    @BeforeEach
    void defer() {
      CudaEmulator.deferStreams(0);
    }
  }

  /** Each test has an order of its own, the same every time. */
  @Nested
  class EngineInAdversarialOrder extends Engine {
    @BeforeEach
    void defer(TestInfo test) {
      CudaEmulator.deferStreams(test.getDisplayName().hashCode() | 1);
    }
  }
}
