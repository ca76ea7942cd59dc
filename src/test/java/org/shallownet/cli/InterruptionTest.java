package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InterruptionTest {
  private final AtomicInteger exits = new AtomicInteger();
  private final Interruption interruption = new Interruption(exits::incrementAndGet);

  @Test
  void beforeTrainingTheProcessEndsAtOnce() {
    interruption.onShutdown();
    assertThat(exits).hasValue(1);
    assertThat(interruption.isRequested()).isTrue();
  }

  @Test
  void duringTrainingItWaitsUntilTheModelIsSaved() throws InterruptedException {
    interruption.guard();
    Thread hook = new Thread(interruption::onShutdown);
    hook.start();
    while (!interruption.isRequested()) {
      Thread.onSpinWait();
    }
    hook.join(50);
    assertThat(hook.isAlive()).isTrue();
    assertThat(exits).hasValue(0);
    interruption.finished();
    hook.join(TimeUnit.SECONDS.toMillis(10));
    assertThat(exits).hasValue(1);
  }

  @Test
  void anEndThatNobodyAskedForIsLeftAlone() {
    interruption.guard();
    interruption.finished();
    interruption.onShutdown();
    assertThat(exits).hasValue(0);
    assertThat(interruption.isRequested()).isFalse();
  }
}
