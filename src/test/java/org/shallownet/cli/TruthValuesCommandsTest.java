package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Truth values are the same however a tool writes them, or the table is refused. */
class TruthValuesCommandsTest {
  private static final int ROWS = 60;

  @TempDir Path folder;

  private Path model() {
    return folder.resolve("m.onnx");
  }

  /** A table whose column "on" is written so, and of which every seventh cell may be another. */
  private Path table(String no, String yes, String seventh) throws IOException {
    StringBuilder text = new StringBuilder("on,x,end\n");
    for (int i = 0; i < ROWS; i++) {
      String word = i % 7 == 0 && !seventh.isEmpty() ? seventh : i % 3 == 0 ? yes : no;
      text.append(word).append(',').append(i % 10).append(i % 3 == 0 ? ",gone\n" : ",here\n");
    }
    return Files.writeString(folder.resolve(no + yes + seventh.length() + ".csv"), text.toString());
  }

  private void train(Path data, String... more) {
    List<String> args =
        new ArrayList<>(List.of("train", data.toString(), "--target", "end", "--epochs", "9"));
    args.addAll(List.of("--out", model().toString()));
    args.addAll(List.of(more));
    Cli.Result trained = Cli.run(args.toArray());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
  }

  private List<String> predictions(Object... data) {
    Object[] args = new Object[data.length + 3];
    args[0] = "predict";
    args[1] = model();
    System.arraycopy(data, 0, args, 2, data.length);
    args[args.length - 1] = "--probabilities";
    Cli.Result predicted = Cli.run(args);
    assertThat(predicted.exitCode()).as(predicted.err()).isZero();
    assertThat(predicted.err()).doesNotContain("does not know");
    return predicted.lines();
  }

  @ParameterizedTest
  @CsvSource({
    "False, True, 0, 1",
    "False, True, 0.0, 1.0",
    "false, true, f, t",
    "FALSE, TRUE, 0, 1",
    "f, t, false, true",
    "f, t, 0, 1",
  })
  void wordsAndNumbersMeanTheSame(String no, String yes, String otherNo, String otherYes)
      throws Exception {
    for (String missing : List.of("", "NA")) {
      train(table(no, yes, missing));
      assertThat(predictions(table(otherNo, otherYes, missing)))
          .as(missing)
          .hasSize(ROWS + 1)
          .isEqualTo(predictions(table(no, yes, missing)));
    }
    train(table(no, yes, ""), "--categorical", "on");
    assertThat(predictions(table(otherNo, otherYes, "")))
        .isEqualTo(predictions(table(no, yes, "")));
  }

  @ParameterizedTest
  @CsvSource({"False, True", "f, t", "TRUE, FALSE"})
  void wordsAreTakenAsNumbersWhereTheModelLearnedThem(String first, String second)
      throws Exception {
    boolean turned = first.equals("TRUE");
    String no = turned ? second : first;
    String yes = turned ? first : second;
    for (String missing : List.of("", "NA")) {
      train(table("0", "1", missing));
      Cli.Result told = Cli.run("predict", model(), table(no, yes, missing));
      assertThat(told.err())
          .contains(
              "warning: column 'on' holds truth values, which are taken as 0 and 1, since the"
                  + " model learned numbers");
      assertThat(predictions(table(no, yes, missing)))
          .isEqualTo(predictions(table("0", "1", missing)));
    }
    train(table("0", "1", ""), "--categorical", "on");
    assertThat(predictions(table(no, yes, ""))).isEqualTo(predictions(table("0", "1", "")));
  }

  @Test
  void aWordAmongOtherNumbersIsAMistake() throws Exception {
    train(table("0", "1", "3"));
    Cli.Result refused = Cli.run("predict", model(), table("False", "True", "3"));
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(refused.err())
        .contains("line 3, column 'on': 'False' is not a number; correct it or remove the row");
  }

  @ParameterizedTest
  @CsvSource({"no, yes, 0, 1", "no, yes, False, True", "False, True, no, yes", "n, y, off, on"})
  void otherAnswersAreRefused(String no, String yes, String otherNo, String otherYes)
      throws Exception {
    train(table(no, yes, ""));
    for (String command : List.of("predict", "evaluate")) {
      Cli.Result refused = Cli.run(command, model(), table(otherNo, otherYes, ""));
      assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
      assertThat(refused.err())
          .endsWith(
              (".csv, line 2, column 'on': '%s' is none of the words that the model learned,"
                      + " '%s', '%s'; write the column with these.\n")
                  .formatted(otherYes, no, yes));
    }
    // Any other word is one that the model does not know, as before.
    Cli.Result told = Cli.run("predict", model(), table(no, yes, "perhaps"));
    assertThat(told.exitCode()).isZero();
    assertThat(told.err()).contains("9 cells hold words that the model does not know");
  }

  @ParameterizedTest
  @CsvSource({"False, True, 0, 1", "0, 1, False, True", "f, t, TRUE, FALSE"})
  void targetsAreTheSame(String no, String yes, String otherNo, String otherYes) throws Exception {
    Path data = table(no, yes, "");
    assertThat(Cli.run("train", data, "--target", "on", "--epochs", 9, "--out", model()).exitCode())
        .isZero();
    String known = Cli.run("evaluate", model(), data).out();
    boolean turned = otherNo.equals("TRUE");
    Path other = turned ? table(otherYes, otherNo, "") : table(otherNo, otherYes, "");
    Cli.Result evaluated = Cli.run("evaluate", model(), other);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(evaluated.out()).isEqualTo(known);
  }

  @Test
  void databasesHandThemOutInTheirOwnWays() throws Exception {
    Path words = table("False", "True", "");
    Path sqlite = folder.resolve("t.sqlite");
    List<String> lines = Cli.read(words);
    String rows =
        lines.subList(1, lines.size()).stream()
            .map(line -> "(" + line.replaceAll(",(\\w+)$", ",'$1'") + ")")
            .collect(Collectors.joining(","));
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + sqlite);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (\"on\" BOOLEAN, x INTEGER, \"end\" TEXT)");
      statement.execute("INSERT INTO t VALUES " + rows);
    }
    String query = "SELECT \"on\"::BOOLEAN AS \"on\", x, \"end\" FROM '" + words + "'";
    train(words);
    List<String> known = predictions(words);
    assertThat(predictions(sqlite)).isEqualTo(known);
    assertThat(predictions("--query", query)).isEqualTo(known);
    train(sqlite);
    List<String> ofNumbers = predictions(sqlite);
    assertThat(predictions(words)).isEqualTo(ofNumbers);
    assertThat(predictions("--query", query)).isEqualTo(ofNumbers);
  }
}
