package org.shallownet.backend.cuda;

import java.util.List;
import org.shallownet.backend.Availability;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.BackendProvider;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.Finding;

/** Opens {@link CudaBackend} where there is an NVIDIA card with a driver, cuBLAS and NVRTC. */
public final class CudaBackendProvider implements BackendProvider {
  /**
   * Below 100 million multiply-adds a pass, a few processor cores train in seconds, of which
   * starting a card takes one. An estimate, not a measurement.
   */
  private static final long SMALLEST_WORK = 100_000_000;

  /** For {@link java.util.ServiceLoader}. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return CudaBackend.NAME;
  }

  @Override
  public Availability probe(BackendOptions options) {
    return CudaProbe.ofThisProcess().probe(options.device());
  }

  @Override
  public List<Finding> diagnose() {
    return CudaProbe.ofThisProcess().diagnose();
  }

  @Override
  public long smallestWork() {
    return SMALLEST_WORK;
  }

  @Override
  public Backend open(BackendOptions options) {
    if (probe(options) instanceof Availability.Unavailable why) {
      throw new BackendUnavailableException(name(), why);
    }
    return CudaBackend.open(options);
  }
}
