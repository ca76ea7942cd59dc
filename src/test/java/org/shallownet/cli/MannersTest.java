package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.shallownet.cli.output.Terminal;
import picocli.CommandLine;

/** What the command says where a command line has a mistake, and in its help. */
class MannersTest {
  @TempDir private Path folder;

  private static CommandLine everything() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return Main.everything(Terminal.plain(nowhere, nowhere));
  }

  static Stream<String> commands() {
    return everything().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          trian|there is no command 'trian'; choose train|Did you mean: shallownet train
          xyz|there is no command 'xyz'; choose train|Try 'shallownet --help' for the options.
          --verson|there is no option '--verson'.|Did you mean: shallownet --version
          train --taget y a.csv|there is no option '--taget' of train.|Did you mean: shallownet train --target y a.csv
          train --target=y --epoch=5 a.csv|there is no option '--epoch' of train.|Did you mean: shallownet train --target=y --epochs=5 a.csv
          train --hiden 5 a.csv|there is no option '--hiden' of train, and --target is missing; did you mean --hidden?|Try 'shallownet train --help' for the options.
          train --target y --epoch 5 --nonsense 3 a.csv|there are no options '--epoch', '--nonsense' of train; did you mean --epochs?|Try 'shallownet train --help' for the options.
          info --jsno m.onnx|there is no option '--jsno' of info.|Did you mean: shallownet info --json m.onnx
          train a.csv|--target is missing.|Try 'shallownet train --help' for the options.
          info|MODEL is missing.|Try 'shallownet info --help' for the options.
          train a.csv --target|--target needs a value: A[,B,…].|Try 'shallownet train --help' for the options.
          train a.csv --target --json|--target needs a value: A[,B,…].|Try 'shallownet train --help' for the options.
          train a.csv --target y --target z|--target is given twice.|Try 'shallownet train --help' for the options.
          train a.csv --target y --epochs x|--epochs must be a whole number such as 100, not 'x'.|Try 'shallownet train --help' for the options.
          train a.csv --target y --json=5|--json takes no value.|Try 'shallownet train --help' for the options.
          train a.csv --target y -q|there is no option '-q' of train.|Try 'shallownet train --help' for the options.
          doctor x y|there is no place for 'x', 'y'.|Try 'shallownet doctor --help' for the options.
          help trian|there is no command 'trian'; choose train|Did you mean: shallownet train
          """)
  void mistypedWordsAreAnsweredByALineAndAHint(String typed, String message, String hint) {
    Cli.Result result = Cli.run((Object[]) typed.split(" ", -1));
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.out()).isEmpty();
    List<String> lines = result.err().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("error: " + message);
    assertThat(lines.get(1)).isEqualTo(hint);
  }

  @Test
  void hintsAreQuotedForTheShell() {
    assertThat(Cli.run("trian", "it's here.csv", "--target", "a b").err())
        .endsWith("Did you mean: shallownet train 'it'\\''s here.csv' --target 'a b'\n");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpOfACommandIsItsHelpOption(String command) {
    Cli.Result help = Cli.run("help", command);
    assertThat(help.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(help.out()).isEqualTo(Cli.run(command, "--help").out()).contains("\nExamples:\n");
  }

  /** The examples in the help are command lines that are understood. */
  @ParameterizedTest
  @MethodSource("commands")
  void examplesAreUnderstood(String command) {
    CommandLine everything = everything();
    String[] examples =
        everything.getSubcommands().get(command).getCommandSpec().usageMessage().footer();
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      String line = example.strip();
      assertThat(line).startsWith("shallownet " + command);
      String[] words =
          line.replaceAll("\"[^\"]*\"", "QUERY").substring("shallownet ".length()).split(" ", -1);
      assertThat(everything.parseArgs(words).subcommand().commandSpec().name()).isEqualTo(command);
    }
  }

  @Test
  void helpAloneNamesTheCommands() {
    assertThat(Cli.run("help").out())
        .isEqualTo(Cli.run("--help").out())
        .contains("cross-validate", "\nExamples:\n");
  }

  @Test
  void theVersionNamesJavaAndTheBackend() {
    List<String> lines = Cli.run("--version").lines();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).startsWith("ShallowNet ");
    assertThat(lines.get(1)).startsWith("Java " + System.getProperty("java.version"));
    assertThat(lines.get(2)).matches("Backend (cpu|cuda)");
    assertThat(Cli.run("train", "--version").lines()).isEqualTo(lines);
  }

  @Test
  void aModelIsDescribedInWords() {
    Path model = folder.resolve("m.onnx");
    Cli.run("train", Cli.PLANAR, "--target", "label", "--hidden", 4, "--epochs", 2, "--out", model);
    assertThat(Cli.run("info", model).out())
        .contains(
            "optimizer         Adam, learning rate 0.003, beta1 0.9, beta2 0.999, epsilon 1.0E-8")
        .containsPattern("initializer +auto\n")
        .doesNotContain("[");
  }
}
