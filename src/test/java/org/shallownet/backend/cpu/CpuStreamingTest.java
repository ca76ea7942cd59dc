package org.shallownet.backend.cpu;

import org.junit.jupiter.api.Test;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.StreamingContractTest;

class CpuStreamingTest extends StreamingContractTest {
  @Override
  protected Backend open() {
    return CpuBackend.open(BackendOptions.DEFAULT);
  }

  /** More samples than chunks of this backend have. */
  @Test
  void severalChunks() {
    streamingGivesTheSameBitsAsResidence(17_000, 17_000);
    streamingGivesTheSameBitsAsResidence(17_000, 100);
  }
}
