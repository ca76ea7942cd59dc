package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables by query, through the commands. */
class QueryCommandsTest {
  @TempDir Path folder;

  private Path model() {
    return folder.resolve("m.onnx");
  }

  /** People in one file and what became of them in another. */
  private String joined() {
    StringBuilder people = new StringBuilder("id,age,city\n");
    StringBuilder ends = new StringBuilder();
    for (int i = 0; i < 120; i++) {
      people.append(i).append(',').append(i * 37 % 90).append(i % 3 == 0 ? ",Oslo\n" : ",Rome\n");
      ends.append(
          "{\"id\": " + i + ", \"end\": \"" + (i * 37 % 90 > 45 ? "gone" : "here") + "\"}\n");
    }
    Path csv = Cli.write(folder.resolve("people.csv"), people.toString().strip());
    Path json = Cli.write(folder.resolve("ends.json"), ends.toString().strip());
    return "SELECT * FROM '" + csv + "' JOIN '" + json + "' USING (id) ORDER BY id";
  }

  @Test
  void fromTheQueryToPredictionsBesideIt() throws Exception {
    String sql = joined();
    Cli.Result trained =
        Cli.run(
            "train",
            "--query",
            sql,
            "--target",
            "end",
            "--ignore",
            "id",
            "--epochs",
            80,
            "--out",
            model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err()).contains("Columns: 1 number, 1 category").doesNotContain("File:");
    assertThat(Cli.run("info", model()).out()).contains("SELECT * FROM '");

    Cli.Result evaluated = Cli.run("evaluate", model(), "--query", sql);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    Cli.Result predicted =
        Cli.run("predict", model(), "--query", sql + " DESC", "--keep", "id,city");
    assertThat(predicted.exitCode()).as(predicted.err()).isZero();
    assertThat(predicted.lines()).hasSize(121).startsWith("id,city,label", "119,Rome,gone");
    // The CSV file has the same columns.
    Cli.Result plain = Cli.run("predict", model(), folder.resolve("people.csv"), "--keep", "id");
    assertThat(plain.lines().get(120)).isEqualTo("119,gone");

    Cli.Result further =
        Cli.run(
            "train",
            "--query",
            sql,
            "--target",
            "end",
            "--from",
            model(),
            "--epochs",
            1,
            "--dev",
            folder.resolve("people.csv"),
            "--out",
            folder.resolve("n.onnx"));
    assertThat(further.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(further.err()).contains("people.csv has no column 'end'");
    Cli.Result compared =
        Cli.run(
            "compare",
            "--query",
            sql,
            "--target",
            "end",
            "--hidden",
            "2",
            "--activations",
            "tanh",
            "--seeds",
            1,
            "--epochs",
            2,
            "--out",
            folder.resolve("c.onnx"));
    assertThat(compared.exitCode()).as(compared.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "--connect jdbc:sqlite:a.db, needs --query",
    "a.csv --query SELECT, leave one out",
    "--query SELECT --connect postgres://host, must be a JDBC URL",
    "'', DATA is missing",
  })
  void whatDoesNotFitTogether(String options, String what) {
    String[] words = ("train " + options + " --target y").strip().split(" +", -1);
    Cli.Result result = Cli.run((Object[]) words);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(what);
  }

  @Test
  void aBadQueryAndAnUnknownDatabaseAreOneSentence() {
    Cli.Result bad = Cli.run("evaluate", trained(), "--query", "SELECT * FROM nowhere");
    assertThat(bad.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(bad.err().lines()).hasSize(1);
    Cli.Result unknown =
        Cli.run(
            "train",
            "--connect",
            "jdbc:nix:host?password=secret",
            "--query",
            "SELECT 1",
            "--target",
            "y");
    assertThat(unknown.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(unknown.err()).contains("no driver").doesNotContain("secret");
    assertThat(Files.exists(Path.of("query.onnx"))).isFalse();
  }

  private Path trained() {
    Cli.Result result =
        Cli.run("train", "--query", joined(), "--target", "end", "--epochs", 1, "--out", model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    return model();
  }

  @Test
  void columnsOfADatabaseAreKept() throws Exception {
    Path sqlite = Path.of("src/test/resources/org/shallownet/data/sql/customers.sqlite");
    Cli.Result result =
        Cli.run("train", sqlite, "--target", "status", "--epochs", 1, "--out", model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    Cli.Result kept = Cli.run("predict", model(), sqlite, "--keep", "all");
    assertThat(kept.exitCode()).as(kept.err()).isZero();
    assertThat(kept.lines().get(0))
        .isEqualTo("id,age,income,city,member,zip,joined,status,photo,label");
    assertThat(Cli.run("predict", model(), sqlite, "--keep", "nix").err())
        .contains("customers.sqlite has no column 'nix'");
  }
}
