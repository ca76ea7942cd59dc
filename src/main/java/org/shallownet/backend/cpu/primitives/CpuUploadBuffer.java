package org.shallownet.backend.cpu.primitives;

import java.nio.FloatBuffer;
import org.shallownet.backend.device.Allocation;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.UploadBuffer;

/** A buffer in the Java heap. Sending copies at once: a processor has no better use of the time. */
public final class CpuUploadBuffer extends UploadBuffer {
  public CpuUploadBuffer(FloatBuffer host, CpuMatrix matrix) {
    super(host, new HostMemory(host), matrix);
  }

  @Override
  protected void doSend(Matrix rows) {
    ((CpuMatrix) rows).fill(host().duplicate().clear());
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
