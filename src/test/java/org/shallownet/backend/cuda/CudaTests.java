package org.shallownet.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.shallownet.backend.Availability.Unavailable;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.cuda.natives.CudaNatives;
import org.shallownet.backend.cuda.natives.LibraryFolders;
import org.shallownet.backend.cuda.natives.NativeCache;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;

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

  /**
   * Whether products in a batch have the bits that they have alone. Not on a card, where cuBLAS may
   * choose another kernel for several products; nor where the emulation does as such a card.
   */
  static boolean batchesKeepBits() {
    return !onCard() && !CudaEmulator.askedNoise().contains(CudaEmulator.Noise.BATCHES);
  }

  /**
   * How far off probabilities and costs may be on a card, relatively. Its exponentials and
   * logarithms may be off by 2 units in the last place, 2.4e-7, and probabilities are quotients of
   * them.
   */
  static final double OUTPUT_TOLERANCE = 8e-7;

  /** Has the emulation, if there is one, do otherwise all that a card may do otherwise. */
  static void makeNoise() {
    require();
    if (!onCard()) {
      CudaEmulator.makeNoise(EnumSet.allOf(CudaEmulator.Noise.class));
    }
  }

  /** Ends that again. */
  static void endNoise() {
    if (!onCard() && CudaEmulator.available()) {
      CudaEmulator.makeNoise(CudaEmulator.askedNoise());
    }
  }

  /** Has the emulation, if there is one, compile kernels quickly, or no longer so. */
  static void compileQuickly(boolean quickly) {
    if (!onCard() && CudaEmulator.available()) {
      CudaEmulator.compileQuickly(quickly);
    }
  }

  /** Whether to spare no time: on a card, and on the emulation by {@code -Dthorough=true}. */
  static boolean thorough() {
    return onCard() || Boolean.getBoolean("thorough");
  }

  /**
   * The losses that a network is tried with where each is compiled into a kernel of its own, which
   * takes the emulation longer than all else: by turns one with several outputs and the others with
   * few, so that every activation and output meets every loss; all if time does not matter.
   */
  static List<Loss> inTurn(List<Loss> losses, NetworkSpec spec) {
    if (thorough() || losses.size() == 1) {
      return losses;
    }
    int turn =
        spec.hidden().stream()
            .mapToInt(layer -> Arrays.asList(Activation.values()).indexOf(layer.activation()))
            .sum();
    Loss own = losses.get(turn % losses.size());
    return spec.outputs() > 2
        ? List.of(own)
        : losses.stream().filter(loss -> !loss.equals(own)).toList();
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
    return open(precision, limits, ForcedEngine.LAYERED);
  }

  /** Opens the backend in float32 with an engine. */
  static CudaBackend open(ForcedEngine choice) {
    return open(BackendOptions.Precision.FP32, CudaLimits.DEFAULT, choice);
  }

  /** Opens the backend. */
  static CudaBackend open(
      BackendOptions.Precision precision, CudaLimits limits, ForcedEngine choice) {
    require();
    BackendOptions options = new BackendOptions(0, 0, precision);
    if (onCard() && new CudaBackendProvider().probe(options) instanceof Unavailable why) {
      throw new BackendUnavailableException(CudaBackend.NAME, why);
    }
    return CudaBackend.open(options, limits, choice);
  }
}
