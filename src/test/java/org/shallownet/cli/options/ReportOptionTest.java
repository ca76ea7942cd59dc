package org.shallownet.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
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
