package org.shallownet.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.Matrix;
import org.shallownet.backend.device.Scope;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;

/** What a fault of the device and an early end do to a backend. */
class DeviceTest {
  /** How long a thread may take to be refused. */
  private static final long MOST_MILLIS = 20_000;

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

  /** Though its thread would have the monitor again before the one that waits for it wakes up. */
  @Test
  void theCallUnderWayEndsWholeAndNoOtherBeginsOnceAnotherThreadCloses()
      throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      BrokenBackend backend = new BrokenBackend();
      Scope scope = backend.newScope();
      Thread closer = new Thread(backend::close, "closer");
      backend.allocating =
          () -> {
            backend.allocating = () -> {};
            closer.start();
            while (closer.getState() != Thread.State.BLOCKED) {
              Thread.onSpinWait();
            }
            backend.allocate(scope, 1, 1);
          };
      backend.allocate(scope, 1, 1);
      assertThatIllegalStateException()
          .isThrownBy(() -> backend.allocate(scope, 1, 1))
          .withMessage("the broken backend is closed");
      closer.join();
      assertThat(backend.freed).isEqualTo(2);
    }
  }

  @Test
  void theWrongThreadIsRefusedAndDoesNotWait() {
    BrokenBackend backend = new BrokenBackend();
    Scope scope = backend.newScope();
    backend.allocating =
        () ->
            assertRefused(
                backend::synchronize, backend::newScope, scope::close, backend::freeBytes);
    backend.allocate(scope, 1, 1);
    backend.close();
    assertThat(backend.freed).isEqualTo(1);
  }

  @Test
  void anEngineRefusesTheWrongThreadAndDoesNotLetItWait() {
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      TrainingPlan plan = plan(backend, scope);
      try (TrainingEngine engine = backend.newTrainingEngine(plan)) {
        backend.record(
            scope,
            () ->
                assertRefused(
                    () -> engine.advance(1),
                    () -> engine.weights(0),
                    () -> engine.takesEpochs(null),
                    engine::close,
                    () -> backend.newTrainingEngine(plan)));
        engine.advance(1);
      }
    }
  }

  /** Refused in another thread while this one is in a call. */
  private static void assertRefused(ThrowingCallable... calls) {
    for (ThrowingCallable call : calls) {
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread stranger =
          new Thread(() -> thrown.set(ThrowableAssert.catchThrowable(call)), "stranger");
      stranger.start();
      try {
        stranger.join(MOST_MILLIS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      assertThat(thrown.get())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not to 'stranger'");
    }
  }

  @Test
  void anEngineThatTakesStepsOnlyRefusesEpochs() {
    try (Backend backend = Backends.open("cpu");
        Scope scope = backend.newScope()) {
      TrainingPlan plan = plan(backend, scope);
      List<TrainingEngine.Watch> watches = List.of(new TrainingEngine.Watch(0, 1, 2, 2, 3));
      TrainingEngine engine = backend.newTrainingEngine(plan);
      assertThat(engine.takesEpochs(null)).isFalse();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> engine.takeEpochs(1, watches, null))
          .withMessage(
              "takeEpochs: the tiled engine does not take epochs by itself with these dev samples;"
                  + " have it advance step by step");
      engine.close();
      assertThatIllegalStateException()
          .isThrownBy(() -> engine.takesEpochs(null))
          .withMessage("takesEpochs: the training engine is closed");
      assertThatIllegalStateException()
          .isThrownBy(() -> engine.takeEpochs(1, watches, null))
          .withMessage("takeEpochs: the training engine is closed");
    }
  }

  private static TrainingPlan plan(Backend backend, Scope scope) {
    NetworkSpec spec = NetworkSpec.of(2, Output.SIGMOID_CROSS_ENTROPY, 1);
    ModelPlan model =
        new ModelPlan(Networks.weights(spec, 1), new Optimizer.GradientDescent(0.1), 0, 1);
    return new TrainingPlan(
        backend.allocate(scope, 3, 2), backend.allocate(scope, 3, 1), 3, List.of(model));
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
