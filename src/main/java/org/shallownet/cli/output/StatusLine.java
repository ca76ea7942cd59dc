package org.shallownet.cli.output;

import java.util.function.Supplier;
import org.shallownet.training.TimeLeft;

/**
 * How far something is: on a terminal one line that is overwritten, elsewhere a plain line now and
 * then.
 */
final class StatusLine {
  private static final double PLAIN_SECONDS = 5;
  private static final double FIRST_SECONDS = 3;
  private static final double REFRESH_SECONDS = 0.1;
  private static final String CLEAR_LINE = "\r\u001b[2K";

  private final Terminal terminal;
  private double lastShown;
  private boolean lineShown;

  StatusLine(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Shows a line, unless the last one was shown a moment ago.
   *
   * @param seconds since the beginning
   */
  void show(double seconds, Supplier<String> line) {
    double interval = terminal.interactive() ? REFRESH_SECONDS : PLAIN_SECONDS;
    if (seconds - lastShown < interval) {
      return;
    }
    lastShown = seconds;
    String text = line.get();
    if (terminal.interactive()) {
      // One column stays free: a full line would wrap and could not be overwritten.
      int room = terminal.columns() - 1;
      terminal.err().print(CLEAR_LINE + (text.length() > room ? text.substring(0, room) : text));
      terminal.err().flush();
      lineShown = true;
    } else {
      terminal.err().println(text);
    }
  }

  /**
   * How long it still takes, to be put into the line; nothing in the first seconds, in which most
   * trainings are over.
   *
   * @param seconds since the beginning
   */
  static String left(TimeLeft.Estimate left, double seconds) {
    if (!left.isKnown() || seconds < FIRST_SECONDS) {
      return "";
    }
    String most = Numbers.duration(left.atMost());
    String about = Numbers.duration(left.about());
    return most.equals(about)
        ? "  about " + about + " left"
        : "  about " + about + " left, at most " + most;
  }

  /** Removes the line, so that other text can follow. */
  void finish() {
    if (lineShown) {
      terminal.err().print(CLEAR_LINE);
      terminal.err().flush();
      lineShown = false;
    }
  }
}
