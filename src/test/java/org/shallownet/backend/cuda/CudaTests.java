package org.shallownet.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.shallownet.backend.Availability.Unavailable;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.backend.cuda.natives.NativeCache;

/**
 * The CUDA backend for tests: on the emulation, or on the machine's card with {@code
 * -Drequire.backend=cuda}, where it must open.
 */
final class CudaTests {
  private CudaTests() {}

  /** JCuda on the emulation: what several JVMs unpack at once must not meet in one place. */
  private static final class Emulation {
    private static final CudaNatives NATIVES =
        new CudaNatives(
            new LibraryFolders(CudaEmulator.folder().toString(), Map.of(), CudaEmulator.folder()),
            NativeCache.ofThisUser());

    static void load() {
      NATIVES.loadDriver();
      NATIVES.loadNvrtc(12);
      NATIVES.loadCublas(12);
    }
  }

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
    Emulation.load();
  }

  /** Opens the backend in float32 with the layered engine. */
  static CudaBackend open() {
    return open(BackendOptions.Precision.FP32, CudaLimits.DEFAULT);
  }

  /** Opens the backend with the layered engine. */
  static CudaBackend open(BackendOptions.Precision precision, CudaLimits limits) {
    return open(precision, limits, EngineChoice.LAYERED);
  }

  /** Opens the backend in float32 with an engine. */
  static CudaBackend open(EngineChoice choice) {
    return open(BackendOptions.Precision.FP32, CudaLimits.DEFAULT, choice);
  }

  /** Opens the backend. */
  static CudaBackend open(
      BackendOptions.Precision precision, CudaLimits limits, EngineChoice choice) {
    require();
    BackendOptions options = new BackendOptions(0, 0, precision);
    if (onCard() && new CudaBackendProvider().probe(options) instanceof Unavailable why) {
      throw new BackendUnavailableException(CudaBackend.NAME, why);
    }
    return CudaBackend.open(options, limits, choice);
  }
}
