package org.shallownet.backend.cuda;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendContractTest;
import org.shallownet.backend.BackendOptions.Precision;

/** The contract, with work in pieces as large as they are and in small ones. */
@Tag("cuda")
class CudaBackendContractTest {
  /** Uploads, gathers and products of the contract's larger shapes take several of these. */
  static final CudaLimits SMALL_PIECES = new CudaLimits(4096, 1000, 1 << 10, 0, 32 << 10);

  @Nested
  class Default extends BackendContractTest {
    /** cuBLAS may choose another kernel for several products. */
    @Override
    protected boolean batchesKeepBits() {
      return CudaTests.batchesKeepBits();
    }

    @Override
    protected double outputTolerance() {
      return CudaTests.OUTPUT_TOLERANCE;
    }

    @Override
    protected Backend open() {
      return CudaTests.open();
    }
  }

  /** On a card, or on an emulation that does otherwise what a card may do otherwise. */
  @Nested
  class InSmallPieces extends BackendContractTest {
    @Override
    protected boolean batchesKeepBits() {
      return false;
    }

    @Override
    protected double outputTolerance() {
      return CudaTests.OUTPUT_TOLERANCE;
    }

    @Override
    protected Backend open() {
      CudaTests.makeNoise();
      return CudaTests.open(Precision.FP32, SMALL_PIECES);
    }

    @AfterAll
    static void quiet() {
      CudaTests.endNoise();
    }
  }
}
