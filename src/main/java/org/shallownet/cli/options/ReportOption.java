package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.help.Program;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import org.shallownet.data.TableSource;
import org.shallownet.data.text.Printable;
import org.shallownet.model.AtomicFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that asks for a page to look at. */
public final class ReportOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write a page with plots of the data and the result to this HTML file; it opens in any"
              + " browser, without network.")
  private @Nullable Path file;

  /** Whether there is to be a page. */
  public boolean isWanted() {
    return file != null;
  }

  /**
   * Makes sure that the page can be written.
   *
   * @param data where the table comes from
   * @param others files that are read or written, too; null for none
   */
  public void require(TableSource data, @Nullable Path... others) throws IOException {
    if (file == null) {
      return;
    }
    if (file.toString().equals("-")) {
      throw refuse("a page can't be written to a terminal or pipe; name a file with --report");
    }
    for (Path other : others) {
      if (other != null && normal(other).equals(normal(file))) {
        throw refuse("--report must be another file than " + other);
      }
    }
    OutputFiles.require(file, data, others);
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /**
   * What is said of a page.
   *
   * @param quiet whether to say nothing where all is well
   * @param unfinished whether the training was broken off, so that the page is of the best so far
   * @param kept what is safe if it can't be written, to be put behind the sentence; empty for
   *     nothing
   */
  public record Notice(Terminal terminal, boolean quiet, boolean unfinished, String kept) {}

  /**
   * Prints the result, then makes the page and writes it if it was asked for: also where who reads
   * the result wants no more of it, as {@code head} does, or it can't be printed.
   *
   * @param printing prints the result
   * @throws IOException if the page can't be written; what went wrong in printing comes first
   */
  public void writeAfter(Runnable printing, Notice notice, Supplier<String> page)
      throws IOException {
    try {
      printing.run();
    } catch (RuntimeException | Error e) {
      try {
        write(notice, page);
      } catch (IOException | RuntimeException | Error after) {
        // That nobody reads the result is no failure, so that this is the first one.
        if (e instanceof StandardOutput.ReaderGoneException) {
          after.addSuppressed(e);
          throw after;
        }
        e.addSuppressed(after);
      }
      throw e;
    }
    write(notice, page);
  }

  /**
   * Makes the page and writes it, if it was asked for.
   *
   * @throws IOException if it can't be written
   */
  public void write(Notice notice, Supplier<String> page) throws IOException {
    if (file == null) {
      return;
    }
    byte[] bytes = page.get().getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.write(file, out -> out.write(bytes));
    } catch (IOException e) {
      throw new IOException(e.getMessage() + notice.kept(), e);
    }
    if (!notice.quiet()) {
      String of = notice.unfinished() ? " of the best so far" : "";
      notice.terminal().note("Report" + of + " written to " + file);
    }
  }

  /** What was typed, for a shell; without the URL of a database, which may hold a password. */
  public String typed() {
    StringBuilder line = new StringBuilder(Printable.shellWord(Program.NAME));
    boolean url = false;
    for (String word : command.root().commandLine().getParseResult().originalArgs()) {
      String shown = url ? "URL" : word.startsWith("--connect=") ? "--connect=URL" : word;
      line.append(' ').append(Printable.shellWord(shown));
      url = word.equals("--connect");
    }
    return line.toString();
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
