package org.shallownet.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

class ReportOptionTest {
  /** A command with the options that matter here. */
  @Command(name = "train")
  private static final class Train implements Runnable {
    @Mixin private final ReportOption report = new ReportOption();

    @SuppressWarnings("UnusedVariable") // set by picocli
    @Option(names = "--connect")
    private String url = "";

    @SuppressWarnings("UnusedVariable") // set by picocli
    @Option(names = "--query")
    private String query = "";

    private String typed = "";

    @Override
    public void run() {
      typed = report.typed();
    }
  }

  private static String typed(String... words) {
    Train train = new Train();
    CommandLine line = new CommandLine(new Root());
    line.addSubcommand(train);
    assertThat(line.execute(words)).isZero();
    return train.typed;
  }

  @Command(name = "shallownet")
  private static final class Root {}

  /** Prints a result that fails, and writes a page that fails, too. */
  private Throwable failing(RuntimeException printing) {
    ReportOption report = new ReportOption();
    new CommandLine(report).parseArgs("--report", "page.html");
    Terminal terminal =
        Terminal.plain(
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    return catchThrowable(
        () ->
            report.writeAfter(
                () -> {
                  throw printing;
                },
                new ReportOption.Notice(terminal, false, false, ""),
                () -> {
                  throw new IllegalStateException("the page");
                }));
  }

  @Test
  void whatWentWrongFirstIsSaid() {
    RuntimeException full = new UncheckedIOException(new IOException("no space left"));
    assertThat(failing(full)).isSameAs(full);
    assertThat(full.getSuppressed()).hasSize(1).allMatch(after -> is(after, "the page"));
  }

  private static boolean is(Throwable failure, String message) {
    return message.equals(failure.getMessage());
  }

  @Test
  void thatNobodyReadsTheResultHidesNoFailure() {
    StandardOutput gone =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
              }
            });
    RuntimeException nobody =
        catchThrowableOfType(StandardOutput.ReaderGoneException.class, () -> gone.write(1));
    Throwable failure = failing(nobody);
    assertThat(failure).hasMessage("the page");
    assertThat(failure.getSuppressed()).containsExactly(nobody);
  }

  @Test
  void whatWasTypedCanBePasted() {
    assertThat(typed("train", "--query", "SELECT 'a b'", "--report", "p.html"))
        .isEqualTo("shallownet train --query 'SELECT '\\''a b'\\''' --report p.html");
  }

  @Test
  void theUrlOfADatabaseIsNotShown() {
    assertThat(typed("train", "--connect", "jdbc:x:password=secret", "--query=q"))
        .isEqualTo("shallownet train --connect URL --query=q");
    assertThat(typed("train", "--connect=jdbc:x:password=secret"))
        .isEqualTo("shallownet train --connect=URL");
  }
}
