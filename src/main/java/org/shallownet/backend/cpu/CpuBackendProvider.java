package org.shallownet.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shallownet.backend.Availability;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendProvider;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Finding;
import org.shallownet.backend.cpu.primitives.OpenBlas;
import org.shallownet.backend.cpu.tiled.KernelChoice;

/** Opens {@link CpuBackend}, which every machine has. */
public final class CpuBackendProvider implements BackendProvider {
  /** For {@link java.util.ServiceLoader}. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return CpuBackend.NAME;
  }

  @Override
  public Availability probe(BackendOptions options) {
    if (options.precision() != BackendOptions.Precision.FP32) {
      return new Availability.Unavailable(
          Availability.Reason.PRECISION,
          "it computes in float32 only",
          "leave out --precision or choose fp32");
    }
    KernelChoice.Obstacle obstacle = KernelChoice.obstacle();
    if (KernelChoice.fromProperty() == KernelChoice.ON && obstacle != null) {
      return new Availability.Unavailable(
          Availability.Reason.UNSUPPORTED_PLATFORM,
          "the system property "
              + KernelChoice.PROPERTY
              + " asks for vectors, but "
              + obstacle.text(),
          obstacle.fix() + " or leave out the property");
    }
    if (options.device() != 0) {
      return new Availability.Unavailable(
          Availability.Reason.NO_SUCH_DEVICE,
          "it has one device, number 0, not " + options.device(),
          "leave out the device's number");
    }
    return new Availability.Available(CpuBackend.describe(options));
  }

  @Override
  public List<Finding> diagnose() {
    List<Finding> findings = new ArrayList<>();
    KernelChoice.Obstacle obstacle = KernelChoice.obstacle();
    findings.add(
        obstacle == null
            ? Finding.good("vectors", "shallow networks train by " + KernelChoice.AUTO.describe())
            : new Finding(
                "vectors",
                "shallow networks train in plain Java, more slowly: " + obstacle.text(),
                obstacle.fix()));
    Throwable failure = OpenBlas.SHARED.load();
    if (failure == null) {
      findings.add(
          Finding.good(
              "products", "large ones run in " + OpenBlas.name() + ", small ones in Java"));
      String coreType = System.getenv(OpenBlas.CORE_TYPE);
      if (coreType != null && !coreType.isEmpty()) {
        findings.add(chosenCore(coreType, Processor.hasAvx512()));
      }
    } else {
      findings.add(
          new Finding(
              "products",
              "all run in Java, more slowly, as OpenBLAS can't be loaded: " + failure,
              OpenBlas.remedy(failure)));
    }
    return findings;
  }

  /**
   * What it means that the environment chooses OpenBLAS's kernels, which it otherwise does itself.
   *
   * @param avx512 whether the processor computes on 512 bits at once
   */
  static Finding chosenCore(String coreType, boolean avx512) {
    String setting = OpenBlas.CORE_TYPE + "=" + coreType;
    return !avx512 || OpenBlas.AVX512_CORES.contains(coreType.toLowerCase(Locale.ROOT))
        ? Finding.good("OpenBLAS", setting + " chooses its kernels")
        : new Finding(
            "OpenBLAS",
            setting
                + " keeps it from this processor's 512-bit instructions: large products take up to"
                + " twice the time",
            "unset " + OpenBlas.CORE_TYPE);
  }

  @Override
  public Backend open(BackendOptions options) {
    if (probe(options) instanceof Availability.Unavailable why) {
      throw new BackendUnavailableException(name(), why);
    }
    return CpuBackend.open(options);
  }
}
