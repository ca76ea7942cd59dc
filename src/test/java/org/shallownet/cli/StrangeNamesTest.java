package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.cli.output.Terminal;

/** Names of files that hold new lines and control characters: what is said stays lines of ours. */
@DisabledOnOs(OS.WINDOWS)
class StrangeNamesTest {
  /** Starts a line that looks like one of ours, in red, and turns around what follows. */
  private static final String STRANGE = "a\nerror: \u001b[31m\r\u009b\u202eb";

  private static final String SHOWN = "a\\nerror: \\u001b[31m\\r\\u009b\\u202eb";

  @TempDir private Path folder;
  private Path table = Path.of("");
  private Path model = Path.of("");

  @BeforeEach
  void copy() throws Exception {
    table = Files.copy(Cli.PLANAR, folder.resolve(STRANGE + ".csv"));
    model = folder.resolve(STRANGE + ".onnx");
  }

  private static void assertEscaped(String text) {
    assertThat(text.replace("\n", ""))
        .doesNotContainPattern("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{202e}]");
    assertThat(text.lines()).noneMatch(line -> line.startsWith("error: \\u001b"));
  }

  private Cli.Result train(Object... more) {
    Object[] all = new Object[more.length + 8];
    Object[] start = {"train", table, "--target", "label", "--epochs", 2, "--out", model};
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(more, 0, all, start.length, more.length);
    return Cli.run(all);
  }

  private void assertRefused(int exitCode, Object... arguments) {
    Cli.Result result = Cli.run(arguments);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.out()).isEmpty();
    assertEscaped(result.err());
    List<String> lines = result.err().lines().toList();
    assertThat(lines).filteredOn(line -> line.startsWith("error: ")).hasSize(1);
    assertThat(lines.get(0)).contains(SHOWN);
    assertThat(lines.size()).isLessThanOrEqualTo(exitCode == ExitCode.USAGE ? 2 : 1);
  }

  @Test
  void areEscapedInWhatCommandsSay() {
    Cli.Result trained = train("--hidden", 4);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertEscaped(trained.out() + trained.err());
    assertThat(trained.out()).contains("Model saved to " + folder + "/" + SHOWN + ".onnx\n");
    Cli.Result ensemble = train("--effort", "fast");
    assertEscaped(ensemble.out() + ensemble.err());
    assertThat(ensemble.out()).contains("Model saved to " + folder + "/" + SHOWN + ".onnx\n");
    Cli.Result info = Cli.run("info", model);
    assertEscaped(info.out() + info.err());
    assertThat(info.out()).containsPattern("data +\\Q" + SHOWN + ".csv\\E\n");
    Path predictions = folder.resolve(STRANGE);
    Cli.Result measured =
        Cli.run(
            "cross-validate",
            table,
            "--target",
            "label",
            "--hidden",
            4,
            "--epochs",
            2,
            "--folds",
            2,
            "--predictions",
            predictions);
    assertThat(measured.exitCode()).as(measured.err()).isZero();
    assertEscaped(measured.out() + measured.err());
    assertThat(measured.out()).contains("Predictions written to " + folder + "/" + SHOWN + "\n");
  }

  @Test
  void areEscapedInMistakes() {
    assertRefused(ExitCode.DATA, "train", table, "--target", "none");
    assertRefused(ExitCode.FILE_SYSTEM, "train", folder.resolve(STRANGE), "--target", "label");
    assertRefused(ExitCode.FILE_SYSTEM, "info", model);
    assertRefused(ExitCode.DATA, "info", table);
    assertRefused(
        ExitCode.FILE_SYSTEM, "train", table, "--target", "label", "--out", model.resolve("x"));
    assertRefused(ExitCode.USAGE, "train", table, "--" + STRANGE);
    assertRefused(ExitCode.USAGE, STRANGE);
  }

  @Test
  void cellsAreEscapedOnATerminalAlone() throws Exception {
    String cell = "r\u001b[31m\u202e";
    Path words = folder.resolve("words.csv");
    Files.writeString(words, "w,y\n" + (cell + ",0\nb,1\n").repeat(20));
    Cli.run("train", words, "--target", "y", "--hidden", 2, "--epochs", 2, "--out", model);
    assertThat(Cli.run("predict", model, words, "--keep", "w").lines().get(1)).startsWith(cell);
    System.setProperty(Terminal.OUT_IS_TERMINAL, "true");
    try {
      List<String> shown = Cli.run("predict", model, words, "--keep", "w").lines();
      assertThat(shown).hasSize(41);
      assertThat(shown.get(0)).isEqualTo("w,label");
      assertThat(shown.get(1)).matches("r\\\\u001b\\[31m\\\\u202e,[01]");
    } finally {
      System.clearProperty(Terminal.OUT_IS_TERMINAL);
    }
  }

  @Test
  void areEscapedInJson() throws Exception {
    Cli.Result trained = train("--hidden", 4, "--json");
    assertEscaped(trained.out() + trained.err());
    assertThat(trained.lines()).hasSize(1);
    assertThat(JsonParser.object().from(trained.out()).getString("model"))
        .isEqualTo(model.toString());
  }
}
