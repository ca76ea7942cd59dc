package org.shallownet.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.shallownet.data.text.Printable;

/**
 * Where a command writes: results to {@code out}, everything else to {@code err}. Names from files
 * may hold anything, so what is said is one line with what is not seen escaped.
 *
 * @param interactive whether {@code err} is a terminal, where a line can be overwritten
 * @param columns how wide that terminal is
 * @param color whether it wants colours
 */
public record Terminal(
    PrintStream out, PrintStream err, boolean interactive, int columns, boolean color) {
  /** The property by which the launcher tells that standard output is a terminal. */
  public static final String OUT_IS_TERMINAL = "shallownet.stdout.terminal";

  private static final int DEFAULT_COLUMNS = 80;

  /** The process's own; the launcher tells what only a shell can know. */
  public static Terminal ofProcess() {
    PrintStream out = new PrintStream(StandardOutput.ofProcess(), true, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    boolean interactive = Boolean.getBoolean("shallownet.stderr.terminal");
    String noColor = System.getenv("NO_COLOR");
    boolean color = interactive && (noColor == null || noColor.isEmpty());
    int columns = Integer.getInteger("shallownet.columns", DEFAULT_COLUMNS);
    return new Terminal(out, err, interactive, columns < 20 ? DEFAULT_COLUMNS : columns, color);
  }

  /** A terminal that collects what is written, for tests and embedding. */
  public static Terminal plain(PrintStream out, PrintStream err) {
    return new Terminal(out, err, false, DEFAULT_COLUMNS, false);
  }

  /** Where a table goes: {@code out}, with what is not seen in cells escaped on a terminal. */
  public OutputStream forTables() {
    return Boolean.getBoolean(OUT_IS_TERMINAL) ? new EscapedOutput(out) : out;
  }

  /** Text that stands out on a terminal with colours. */
  public String bold(String text) {
    return color ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /** Text in the colour of warnings. */
  public String yellow(String text) {
    return color ? "\u001b[33m" + text + "\u001b[0m" : text;
  }

  /** Text in the colour of errors. */
  public String red(String text) {
    return color ? "\u001b[31m" + text + "\u001b[0m" : text;
  }

  /** A line that is no table, for a person, on {@code out}. */
  public void say(String line) {
    out.println(Printable.text(line));
  }

  /** Something the user should know, on {@code err}. */
  public void warn(String sentence) {
    err.println(yellow("warning:") + " " + Printable.text(sentence));
  }

  /** Why a command failed, one sentence on {@code err}. */
  public void error(String sentence) {
    err.println(red("error:") + " " + Printable.text(sentence));
  }

  /** What a person should read, on {@code err}. */
  public void note(String line) {
    err.println(Printable.text(line));
  }
}
