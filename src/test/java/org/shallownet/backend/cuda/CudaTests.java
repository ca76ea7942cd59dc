package org.shallownet.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.shallownet.backend.BackendOptions;

/**
 * The CUDA backend for tests: on the emulation, or on the machine's card with {@code
 * -Drequire.backend=cuda}, where it must open.
 */
final class CudaTests {
  private CudaTests() {}

  /** Whether tests run on a card and must not be skipped. */
  static boolean onCard() {
    return "cuda".equals(System.getProperty("require.backend"));
  }

  /** Skips the test, saying why, where there is neither card nor emulation. */
  static void require() {
    if (!onCard()) {
      requireEmulation();
    }
  }

  /** Skips the test, saying why, unless it runs on the emulation. */
  static void requireEmulation() {
    assumeTrue(!onCard(), "needs the emulation of CUDA, but runs on a card");
    assumeTrue(CudaEmulator.available(), CudaEmulator::unavailableReason);
    CudaEmulator.load();
  }

  /** Opens the backend in float32. */
  static CudaBackend open() {
    return open(BackendOptions.Precision.FP32, CudaBackend.Limits.DEFAULT);
  }

  /** Opens the backend. */
  static CudaBackend open(BackendOptions.Precision precision, CudaBackend.Limits limits) {
    require();
    return CudaBackend.open(new BackendOptions(0, 0, precision), limits);
  }
}
