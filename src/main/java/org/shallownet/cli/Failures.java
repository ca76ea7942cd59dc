package org.shallownet.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.BackendUnavailableException;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.cli.help.Program;
import org.shallownet.cli.help.UsageError;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.DataException;
import org.shallownet.training.DivergedException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns what went wrong into one sentence and an exit code. */
final class Failures {
  private final Terminal terminal;
  private final BooleanSupplier debug;

  /**
   * Failures of one run.
   *
   * @param debug whether to show stack traces
   */
  Failures(Terminal terminal, BooleanSupplier debug) {
    this.terminal = terminal;
    this.debug = debug;
  }

  /** The command line can't be understood. */
  int usage(ParameterException e, String[] args) {
    trace(e);
    UsageError error = UsageError.of(e, args);
    terminal.error(sentence(error.message()));
    terminal.note(error.hint());
    return ExitCode.USAGE;
  }

  /** A command failed. */
  int execution(Exception e, CommandLine command, @Nullable ParseResult parsed) {
    return of(e);
  }

  /** The exit code for what happened. */
  static int exitCode(Throwable e) {
    if (e instanceof DataException || DataException.isCutFile(e)) {
      return ExitCode.DATA;
    } else if (e instanceof BackendUnavailableException) {
      return ExitCode.BACKEND;
    } else if (e instanceof DivergedException) {
      return ExitCode.DIVERGED;
    } else if (e instanceof SavedElsewhereException elsewhere) {
      return elsewhere.exitCode();
    } else if (e instanceof IOException || e instanceof UncheckedIOException) {
      return ExitCode.FILE_SYSTEM;
    } else if (e instanceof DeviceMemoryException || e instanceof OutOfMemoryError) {
      return ExitCode.MEMORY;
    }
    return e instanceof BackendException ? ExitCode.DEVICE : ExitCode.FAULT;
  }

  /** Says what happened and gives the exit code for it. */
  int of(Throwable e) {
    trace(e);
    if (e instanceof DataException) {
      terminal.error(sentence(e.getMessage()));
      return ExitCode.DATA;
    } else if (DataException.isCutFile(e)) {
      terminal.error(
          "a file of the data became shorter while it was read; leave it as it is until the command"
              + " has ended.");
      return ExitCode.DATA;
    } else if (e instanceof BackendUnavailableException) {
      terminal.error(sentence(e.getMessage()));
      return ExitCode.BACKEND;
    } else if (e instanceof DivergedException) {
      terminal.error(sentence(e.getMessage()));
      return ExitCode.DIVERGED;
    } else if (e instanceof StandardOutput.ReaderGoneException) {
      return ExitCode.OK;
    } else if (e instanceof UncheckedIOException unchecked) {
      return fileSystem(unchecked.getCause());
    } else if (e instanceof SavedElsewhereException elsewhere) {
      terminal.error(sentence(elsewhere.getMessage()));
      return elsewhere.exitCode();
    } else if (e instanceof IOException io) {
      return fileSystem(io);
    } else if (e instanceof DeviceMemoryException) {
      terminal.error(sentence(e.getMessage()));
      return ExitCode.MEMORY;
    } else if (e instanceof BackendException) {
      terminal.error(
          sentence("the device failed: " + e.getMessage())
              + " Try again, or with --backend cpu; '"
              + Program.NAME
              + " doctor' tests the device.");
      return ExitCode.DEVICE;
    } else if (e instanceof OutOfMemoryError) {
      terminal.error(
          "Java has no more memory ("
              + e.getMessage()
              + "). Give it more with SHALLOWNET_JAVA_OPTS=-Xmx…, or choose fewer rows, units or"
              + " threads.");
      return ExitCode.MEMORY;
    }
    terminal.error(
        "ShallowNet failed inside: "
            + sentence(e.toString())
            + " This is a fault of ours; --debug shows where.");
    return ExitCode.FAULT;
  }

  private int fileSystem(@Nullable IOException e) {
    terminal.error(sentence(explain(e)));
    return ExitCode.FILE_SYSTEM;
  }

  private static @Nullable String explain(@Nullable IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + " does not exist; check the path";
    } else if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + " can't be accessed; check its permissions";
    } else if (e instanceof NotDirectoryException notDirectory) {
      return notDirectory.getFile() + " is not a folder; check the path";
    } else if (e instanceof FileSystemException file && file.getFile() != null) {
      String reason = file.getReason();
      if (reason == null) {
        return file.getFile() + " can't be used; check the path";
      }
      // Ours go on with the sentence; the system's say why.
      return file.getFile()
          + (reason.startsWith("it ") ? reason.substring(2) : " can't be used: " + reason);
    }
    return e == null ? "a file can't be used" : e.getMessage();
  }

  private static String sentence(@Nullable String message) {
    if (message == null || message.isEmpty()) {
      return "no more is known.";
    }
    return message.endsWith(".") || message.endsWith("?") ? message : message + ".";
  }

  private void trace(Throwable e) {
    if (debug.getAsBoolean()) {
      e.printStackTrace(terminal.err());
    }
  }
}
