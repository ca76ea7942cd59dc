package org.shallownet.cli.output;

import java.util.function.Supplier;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.WarningListener;

/**
 * Shows on the terminal how something goes: sentences at its beginning, then a line that is
 * overwritten, and warnings in between.
 */
abstract class Display implements WarningListener {
  private final Terminal terminal;
  private final boolean quiet;
  private final StatusLine status;

  /**
   * A display.
   *
   * @param quiet whether to show warnings only
   */
  Display(Terminal terminal, boolean quiet) {
    this.terminal = terminal;
    this.quiet = quiet;
    this.status = new StatusLine(terminal);
  }

  @Override
  public final void onWarning(String warning) {
    finish();
    terminal.warn(warning);
  }

  /** Removes the line, so that other text can follow. */
  public final void finish() {
    status.finish();
  }

  /** Whether warnings are all that is shown. */
  final boolean quiet() {
    return quiet;
  }

  /** Prints a line that stays. */
  final void say(String line) {
    terminal.err().println(line);
  }

  /**
   * Shows how far it is, unless that was shown a moment ago.
   *
   * @param seconds since the beginning
   */
  final void show(double seconds, Supplier<String> line) {
    status.show(seconds, line);
  }

  /** How many networks wait for others, as a part of the line; nothing if none does. */
  static String waiting(NetworksProgress progress, int networks) {
    int waiting = networks - progress.training() - progress.over();
    return waiting > 0 ? ", " + waiting + " waiting" : "";
  }

  static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
