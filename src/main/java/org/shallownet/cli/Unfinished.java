package org.shallownet.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.Terminal;
import org.shallownet.model.Model;
import org.shallownet.training.DivergedException;
import org.shallownet.training.TrainingFaultException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves what a training has learned that did not come to its end, and tells of it. */
final class Unfinished {
  private static final Logger LOG = LoggerFactory.getLogger(Unfinished.class);

  private final Terminal terminal;
  private final Keeping keeping;

  Unfinished(Terminal terminal, Keeping keeping) {
    this.terminal = terminal;
    this.keeping = keeping;
  }

  /**
   * It was broken off.
   *
   * @param byUser whether the user did so, rather than a limit of time
   * @param best the best so far; null before the first epoch has ended
   * @param name what to call that, such as {@code the best so far}
   * @return the exit code
   */
  int brokenOff(boolean byUser, @Nullable Model best, String name) throws IOException {
    String why = byUser ? "Interrupted" : "The time was up";
    if (best == null) {
      terminal.note(why + " before the first epoch ended; nothing was saved." + keeping.goOn());
    } else {
      Path saved = keeping.saveUnfinished(best);
      terminal.note(
          why
              + "; "
              + name
              + " is in "
              + saved
              + keeping.besideOther(saved)
              + "."
              + keeping.goOn());
    }
    return ExitCode.INTERRUPTED;
  }

  /**
   * Its cost grew beyond all bounds. Whoever goes on from its checkpoint will diverge as well, so
   * that this is removed.
   *
   * @return the exit code
   */
  int diverged(DivergedException reason) throws IOException {
    save(reason, reason.best().orElse(null), "the best weights before that are", "", "");
    keeping.discardCheckpoint();
    return ExitCode.DIVERGED;
  }

  /**
   * Something failed.
   *
   * @param name what the best before that is called, and that it is, such as {@code the best
   *     weights before that are}
   * @param advice what to do with it, to be put behind its file; empty for nothing
   * @return the exit code
   */
  int failed(TrainingFaultException reason, String name, String advice) throws IOException {
    LOG.debug("training ended", reason);
    save(reason, reason.best().orElse(null), name, advice, keeping.goOn());
    return Failures.exitCode(reason.reason());
  }

  private void save(
      RuntimeException reason, @Nullable Model best, String name, String advice, String goOn)
      throws IOException {
    String rest = "; nothing was saved.";
    if (best != null) {
      Path saved = keeping.saveUnfinished(best);
      rest = "; " + name + " in " + saved + advice + keeping.besideOther(saved) + ".";
    }
    terminal.error(reason.getMessage() + rest + goOn);
  }
}
