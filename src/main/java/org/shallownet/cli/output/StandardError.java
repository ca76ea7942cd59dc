package org.shallownet.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The end of standard error. The launcher has a process of its own read it, which leaves out Java's
 * warning of an incubator module; who started us may take what it passes on for complete as soon as
 * this process has ended.
 */
public final class StandardError {
  /** The property that has the reader's process id. */
  static final String READER = "shallownet.stderr.reader";

  private static final long PATIENCE_SECONDS = 5;

  private StandardError() {}

  /** Ends standard error and waits until its reader, if there is one, has passed on all of it. */
  public static void end() {
    Optional<ProcessHandle> reader =
        Optional.ofNullable(Long.getLong(READER)).flatMap(ProcessHandle::of);
    if (reader.isEmpty()) {
      return;
    }
    try {
      // Java puts nothing in its place, so the reader sees its end.
      new FileOutputStream(FileDescriptor.err).close();
      reader.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException | ExecutionException | TimeoutException e) {
      // There is nobody left to tell.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
