package org.shallownet.backend.cuda;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.shallownet.network.NetworkSpec;

/**
 * For engines that compile a kernel for each network: a test that is given one network after
 * another needs many and does little with each, so that the emulation compiles them quickly. The
 * other tests of the class do much with few.
 */
final class KernelOfEachNetwork implements BeforeEachCallback, AfterAllCallback {
  @Override
  public void beforeEach(ExtensionContext context) {
    Method test = context.getRequiredTestMethod();
    CudaTests.compileQuickly(List.of(test.getParameterTypes()).contains(NetworkSpec.class));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    CudaTests.compileQuickly(false);
  }
}
