package org.shallownet.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;

/**
 * What Ctrl-C and SIGTERM do: before training the process ends at once; during training the step
 * under way ends, the model is saved, and then the process ends. The exit status is 130, but for a
 * command that has no other end.
 *
 * <p>A shutdown hook holds the JVM back while the main thread finishes.
 */
final class Interruption {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final IntConsumer exit;
  private volatile int status = ExitCode.INTERRUPTED;
  private volatile boolean requested;
  private volatile boolean guarded;

  /**
   * An interruption that has not been asked for.
   *
   * @param exit ends the process from within the hook
   */
  Interruption(Runnable exit) {
    this(status -> exit.run());
  }

  private Interruption(IntConsumer exit) {
    this.exit = exit;
  }

  /** Installs the shutdown hook of the process. */
  static Interruption ofProcess() {
    Interruption interruption = new Interruption((int status) -> Runtime.getRuntime().halt(status));
    Thread hook = new Thread(interruption::onShutdown, "shallownet-interruption");
    Runtime.getRuntime().addShutdownHook(hook);
    return interruption;
  }

  /** From now on an interruption waits for {@link #finished}. */
  void guard() {
    guarded = true;
  }

  /** Waits until the process is asked to end, or the thread is interrupted. */
  void await() {
    try {
      asked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The process's exit status if it was asked to end and to do so is no failure. */
  void endsWith(int exitCode) {
    status = exitCode;
  }

  /** Whether the process was asked to end. */
  boolean isRequested() {
    return requested;
  }

  /** The main thread has done what it must; a normal exit may follow. */
  void finished() {
    finished.countDown();
  }

  /** Runs when the JVM begins to shut down, whatever the reason. */
  void onShutdown() {
    if (finished.getCount() == 0) {
      return;
    }
    requested = true;
    asked.countDown();
    if (guarded) {
      try {
        finished.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    exit.accept(status);
  }
}
