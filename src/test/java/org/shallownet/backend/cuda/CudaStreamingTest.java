package org.shallownet.backend.cuda;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInfo;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions.Precision;
import org.shallownet.backend.StreamingContractTest;

/** Streaming, on a card or the emulation of one. */
class CudaStreamingTest {
  @Nested
  @Tag("cuda")
  class Default extends StreamingContractTest {
    @Override
    protected Backend open() {
      return CudaTests.open();
    }
  }

  @Nested
  @Tag("cuda")
  class InSmallPieces extends StreamingContractTest {
    @Override
    protected Backend open() {
      return CudaTests.open(Precision.FP32, CudaBackendContractTest.SMALL_PIECES);
    }
  }

  /** Pieces of 256 samples, each of which is a pass. */
  @Nested
  @Tag("cuda")
  class InPasses extends StreamingContractTest {
    @Override
    protected Backend open() {
      return CudaTests.open(
          Precision.FP32, CudaBackendContractTest.SMALL_PIECES, ForcedEngine.ONE_PASS);
    }
  }

  /** Pieces of 256 samples, each of which has passes over the output layer. */
  @Nested
  @Tag("cuda")
  class WithOutputPasses extends StreamingContractTest {
    @Override
    protected Backend open() {
      return CudaTests.open(
          Precision.FP32, CudaBackendContractTest.SMALL_PIECES, ForcedEngine.OUTPUT_PASS);
    }
  }

  private abstract static class Deferred extends StreamingContractTest {
    @Override
    protected Backend open() {
      CudaTests.requireEmulation();
      return CudaTests.open(Precision.FP32, CudaBackendContractTest.SMALL_PIECES);
    }

    @AfterEach
    void workAtOnceAgain() {
      CudaEmulator.reset();
    }
  }

  /** Copies and kernels run when something waits for them, and not before. */
  @Nested
  class AtTheLastMoment extends Deferred {
    @BeforeEach
    void defer() {
      CudaEmulator.deferStreams(0);
    }
  }

  /** What does not wait for each other runs in an order of its own for each test. */
  @Nested
  class InAdversarialOrder extends Deferred {
    @BeforeEach
    void defer(TestInfo test) {
      CudaEmulator.deferStreams(test.getDisplayName().hashCode() | 1);
    }
  }
}
