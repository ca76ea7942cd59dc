package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manual's pages and the shells' completions name what there is. */
class ManualTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void write() throws IOException {
    Manual.write(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "cross-validate",
        "compare",
        "evaluate",
        "explain",
        "predict",
        "serve",
        "info",
        "doctor"
      })
  void everyCommandHasItsPage(String command) throws IOException {
    String page = Files.readString(folder.resolve("man/man1/shallownet-" + command + ".1"));
    assertThat(page)
        .startsWith(".TH \"SHALLOWNET-")
        .contains(".SH NAME\nshallownet-" + command + " \\- ")
        .contains(".SH SYNOPSIS\nshallownet " + command.replace("-", "\\-"))
        .contains(".SH OPTIONS\n", "\\fB\\-h, \\-\\-help\\fR", ".SH EXAMPLES\n.nf\nshallownet ");
    assertThat(Files.readString(folder.resolve("man/man1/shallownet.1")))
        .contains("\\fB" + command.replace("-", "\\-") + "\\fR");
  }

  @ParameterizedTest
  @ValueSource(strings = {"shallownet.bash", "_shallownet", "shallownet.fish"})
  void everyShellKnowsCommandsAndOptions(String file) throws IOException {
    String script = Files.readString(folder.resolve("completions").resolve(file));
    assertThat(script).contains("train", "cross-validate", "help", "hidden", "target", "port");
  }
}
