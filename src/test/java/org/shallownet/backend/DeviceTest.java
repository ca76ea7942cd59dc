package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;

/** What a fault of the device and an early end do to a backend. */
class DeviceTest {
  @Test
  void afterAFaultOnlyCloseWorks() {
    BrokenBackend backend = new BrokenBackend();
    Scope scope = backend.newScope();
    Matrix matrix = backend.allocate(scope, 1, 1);
    assertThatExceptionOfType(BackendException.class)
        .isThrownBy(backend::synchronize)
        .withMessage("synchronize: device lost");
    assertThatIllegalStateException()
        .isThrownBy(() -> backend.download(matrix, new float[1], 0))
        .withMessage("the broken backend can't be used after a fault: synchronize: device lost")
        .withCauseInstanceOf(BackendException.class);
    assertThatIllegalStateException().isThrownBy(backend::newScope);
    scope.close();
    assertThat(backend.openAllocations()).isZero();
    backend.close();
    assertThat(backend.closed).isTrue();
  }

  @Test
  void anotherThreadThatClosesWaitsForTheCallUnderWay() throws InterruptedException {
    BrokenBackend backend = new BrokenBackend();
    Scope scope = backend.newScope();
    backend.allocate(scope, 1, 1);
    Thread closer = new Thread(backend::close, "closer");
    backend.allocating =
        () -> {
          closer.start();
          while (closer.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
          assertThat(backend.closed).isFalse();
          assertThat(backend.freed).isZero();
        };
    backend.allocate(scope, 1, 1);
    closer.join();
    assertThat(backend.closed).isTrue();
    assertThat(backend.freed).isEqualTo(2);
    scope.close();
    assertThatIllegalStateException()
        .isThrownBy(backend::newScope)
        .withMessage("the broken backend is closed");
  }

  @Test
  void closingFreesOpenScopes() {
    BrokenBackend backend = new BrokenBackend();
    backend.allocate(backend.newScope(), 1, 1);
    assertThat(backend.freed).isZero();
    backend.close();
    assertThat(backend.freed).isEqualTo(1);
  }
}
