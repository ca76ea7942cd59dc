package org.shallownet.backend.cpu;

import java.nio.FloatBuffer;
import org.shallownet.backend.AbstractMatrix;
import org.shallownet.backend.Allocation;
import org.shallownet.backend.UploadBuffer;

/** A buffer in the Java heap. Sending copies at once: a processor has no better use of the time. */
final class CpuUploadBuffer extends UploadBuffer {
  private final CpuBackend backend;

  CpuUploadBuffer(CpuBackend backend, FloatBuffer host, CpuMatrix matrix) {
    super(host, new HostMemory(host), matrix);
    this.backend = backend;
  }

  @Override
  protected void doSend(AbstractMatrix rows) {
    backend.doUpload(host().duplicate().clear(), rows);
  }

  @Override
  protected void doAwaitSent() {}

  @Override
  protected void doRelease() {}

  private static final class HostMemory extends Allocation {
    HostMemory(FloatBuffer host) {
      super((long) Float.BYTES * host.capacity());
    }

    @Override
    protected void free() {}
  }
}
