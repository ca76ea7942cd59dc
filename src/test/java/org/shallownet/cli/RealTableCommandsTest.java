package org.shallownet.cli;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.data.text.Printable;

/** Tables as people have them, through the commands. */
class RealTableCommandsTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private Path model() {
    return folder.resolve("m.onnx");
  }

  /** Passengers with text, missing cells, an index and names. */
  private Path passengers() throws IOException {
    Random random = new Random(1);
    StringBuilder text = new StringBuilder(",name,sex,age,city,label,alone\n");
    for (int i = 0; i < 120; i++) {
      boolean male = random.nextBoolean();
      text.append(i).append(",\"Doe, J").append(i).append('"');
      text.append(male ? ",male," : ",female,");
      text.append(random.nextInt(4) == 0 ? "" : 20 + random.nextInt(50));
      text.append(random.nextInt(9) == 0 ? ",NA" : random.nextBoolean() ? ",Rome" : ",Oslo");
      text.append(male == (random.nextInt(10) > 0) ? ",no" : ",yes");
      text.append(random.nextBoolean() ? ",True\n" : ",False\n");
    }
    return file("passengers.csv", text.toString());
  }

  @Test
  void fromTheTableToPredictionsBesideIt() throws Exception {
    Path data = passengers();
    Cli.Result trained =
        Cli.run("train", data, "--target", "label", "--epochs", 60, "--out", model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("Columns: 2 left out, 2 categories, 1 number, 1 boolean")
        .containsPattern("column 1 +index +left out")
        .containsPattern("name +identifier +left out")
        .containsPattern("age +number +\\d+ missing become the median")
        .containsPattern("city +category +2 levels, \\d+ missing are a level");

    assertThat(Cli.run("info", model()).out())
        .contains("sex: category of female, male\n")
        .contains("city: category of Oslo, Rome or missing\n")
        .contains("alone: boolean of False, True\n");
    JsonObject info = JsonParser.object().from(Cli.run("info", model(), "--json").out());
    assertThat(info.getArray("columns").getObject(1).getString("kind")).isEqualTo("number");
    assertThat(info.getArray("columns").getObject(1).getBoolean("missing")).isTrue();

    Cli.Result evaluated = Cli.run("evaluate", model(), data);
    assertThat(evaluated.out()).contains("class", "rows", "predicted as");
    JsonObject json = JsonParser.object().from(Cli.run("evaluate", model(), data, "--json").out());
    assertThat(json.getObject("metrics").getDouble("accuracy")).isGreaterThan(0.8);
    long all = 0;
    for (int k = 0; k < 2; k++) {
      for (int other = 0; other < 2; other++) {
        all += json.getArray("confusion").getArray(k).getLong(other);
      }
    }
    assertThat(all).isEqualTo(120);
    assertThat(json.getArray("classes").getObject(1).getDouble("recall"))
        .isEqualTo(json.getObject("metrics").getDouble("recall"));

    Cli.Result predicted =
        Cli.run("predict", model(), data, "--keep", "name,label", "--probabilities");
    assertThat(predicted.lines()).hasSize(121);
    assertThat(predicted.lines().get(0)).isEqualTo("name,label,predicted_label,no,yes");
    assertThat(predicted.lines().get(1)).startsWith("\"Doe, J0\",");
    assertThat(Cli.run("predict", model(), data, "--keep", "all").lines().get(120))
        .startsWith("119,\"Doe, J119\",");
    Cli.Result none = Cli.run("predict", model(), data, "--keep", "nam");
    assertThat(none.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(none.err()).contains("has no column 'nam'; did you mean 'name'?");
  }

  @Test
  void aTableOfManyColumnsTellsWhatIsNotable() throws Exception {
    StringBuilder text = new StringBuilder("c,");
    for (int c = 0; c < 13; c++) {
      text.append("x").append(c).append(',');
    }
    text.append("t\n");
    for (int i = 0; i < 30; i++) {
      text.append(i == 4 ? "," : i % 2 == 0 ? "u," : "v,");
      for (int c = 0; c < 13; c++) {
        text.append((i * 7 + c) % 11).append(".5,");
      }
      text.append(i % 20).append('\n');
    }
    Path data = file("many.csv", text.toString());
    Cli.Result trained = Cli.run("train", data, "--target", "t", "--epochs", 1, "--out", model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("Columns: 1 category, 13 numbers\n")
        .containsPattern("\n  c +category +2 levels, 1 missing is a level\n")
        .contains(
            "Task: multiclass (the target 't' has 20 different whole numbers; --task regression"
                + " learns them as numbers)\n")
        .contains("Trained 1 epoch in ");
  }

  @Test
  void aNumpyArrayTellsItsColumns() throws Exception {
    float[] values = new float[120];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3 == 2 ? i % 2 : i % 7 + 0.5f;
    }
    values[3] = Float.NaN;
    Path data = folder.resolve("t.npy");
    byte[] header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }".getBytes(UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(10 + header.length + 1 + 480).order(LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(UTF_8)).put((byte) 1).put((byte) 0);
    bytes.putShort((short) (header.length + 1)).put(header).put((byte) '\n');
    for (float value : values) {
      bytes.putFloat(value);
    }
    Files.write(data, bytes.array());
    Cli.Result trained = Cli.run("train", data, "--target", "2", "--epochs", 1, "--out", model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("Columns: 2 numbers\n")
        .containsPattern("\n  0 +number +1 missing becomes the median\n");
    assertThat(Cli.run("predict", model(), data).err()).doesNotContain("Columns:");
  }

  @Test
  void unknownWordsAreCountedAndGoOnTrainingIsPossible() throws Exception {
    Path data = passengers();
    Cli.run("train", data, "--target", "label", "--epochs", 2, "--out", model());
    Path other =
        file("other.csv", Files.readString(data).replace("Rome", "Bern").replace("True", "TRUE"));
    Cli.Result predicted = Cli.run("predict", model(), other);
    assertThat(predicted.exitCode()).isZero();
    assertThat(predicted.err()).containsPattern("warning: column 'city': \\d+ cells hold words");
    Cli.Result again =
        Cli.run(
            "train", data, "--target", "label", "--from", model(), "--epochs", 2, "--out", model());
    assertThat(again.exitCode()).as(again.err()).isZero();
    Cli.Result compared =
        Cli.run(
            "compare",
            data,
            "--target",
            "label",
            "--epochs",
            2,
            "--seeds",
            1,
            "--hidden",
            4,
            "--dev",
            other,
            "--out",
            model());
    assertThat(compared.exitCode()).as(compared.err()).isZero();
  }

  @Test
  void trueAndFalseAreOneAndZero() throws Exception {
    StringBuilder words = new StringBuilder("a,b,y\n");
    for (int i = 0; i < 40; i++) {
      words.append(i * 7 % 11).append(i % 3 == 0 ? ",True," : ",False,").append(i % 2).append('\n');
    }
    String text = words.toString();
    String numbers = text.replace("True", "1").replace("False", "0");
    String[] predictions = new String[2];
    for (int i = 0; i < 2; i++) {
      Path data = file("t" + i + ".csv", i == 0 ? text : numbers);
      Cli.run("train", data, "--target", "y", "--epochs", 5, "--out", model());
      predictions[i] = Cli.run("predict", model(), data, "--probabilities").out();
    }
    assertThat(predictions[0]).hasLineCount(41).isEqualTo(predictions[1]);
  }

  @Test
  void aTargetFarFromZeroIsLearned() throws Exception {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder("a,b,y\n");
    for (int i = 0; i < 300; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      text.append(a + "," + b + "," + Math.round(1.7e9 + 6 * a + 3 * b) + "\n");
    }
    Path data = file("far.csv", text.toString());
    Cli.Result trained =
        Cli.run("train", data, "--target", "y", "--epochs", 100, "--out", model(), "--json");
    JsonObject json = JsonParser.object().from(trained.out());
    assertThat(json.getObject("train").getDouble("rmse")).isLessThan(1);
    List<String> predicted = Cli.run("predict", model(), data).lines();
    List<String> rows = Files.readAllLines(data);
    for (int i = 1; i <= 300; i++) {
      double actual = Double.parseDouble(rows.get(i).substring(rows.get(i).lastIndexOf(',') + 1));
      assertThat(Double.parseDouble(predicted.get(i))).isBetween(actual - 6, actual + 6);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5.1,3.5,0;4.9,3.0,0;6.2,2.9,1 | 0 | line 1: the first row holds numbers only",
        "a,y;1,0;2,1;3,?;4,1 | y | line 4, column 'y': the target is missing ('?')",
        "a,y;1,0;2,0;3,0 | y | there is one class only, '0'",
        "a,a,y;1,2,0;2,1,1 | y | two columns are named 'a'; rename one, or leave both out with --ignore a",
      })
  void badTablesAreRefusedInOneSentenceAndNothingIsWritten(
      String lines, String target, String expected) throws Exception {
    Path data = file("bad.csv", lines.replace(';', '\n') + "\n");
    Cli.Result result = Cli.run("train", data, "--target", target, "--out", model());
    assertThat(result.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(result.err()).contains(expected);
    assertThat(model()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--separator ;; | --separator must be one ASCII character other than a quote, not ';;'",
        "--decimal x | --decimal must be . or , and not 'x'",
        "--decimal , --separator , | --decimal must be another character than --separator",
      })
  void wrongFormatsAreErrorsOfUsage(String options, String expected) throws Exception {
    Path data = file("t.csv", "a,y\n1,0\n2,1\n");
    Object[] arguments =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("train", data, "--target", "y"),
                java.util.Arrays.stream(options.strip().split(" ", -1)))
            .toArray();
    Cli.Result result = Cli.run(arguments);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(expected);
  }

  @Test
  void columnsWithoutNamesAreTakenInTheirOrder() throws Exception {
    Path named =
        file("named.csv", "x,z,y\n0,1,a\n2,3,b\n1,0,a\n5,2,b\n0,0,a\n4,4,b\n1,1,a\n3,3,b\n");
    Cli.Result trained =
        Cli.run(
            "train", named, "--target", "y", "--dev-fraction", 0, "--epochs", 5, "--out", model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path matrix = folder.resolve("t.npy");
    byte[] header =
        ("\u0093NUMPY\u0001\0v\0"
                + "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
                + " ".repeat(58)
                + "\n")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    java.nio.ByteBuffer bytes =
        java.nio.ByteBuffer.allocate(header.length + 16)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .put(header);
    bytes.putFloat(0).putFloat(1).putFloat(2).putFloat(3);
    Files.write(matrix, bytes.array());
    Cli.Result byPosition = Cli.run("predict", model(), matrix, "--probabilities");
    assertThat(byPosition.exitCode()).as(byPosition.err()).isZero();
    assertThat(byPosition.err())
        .contains(
            "the model's columns are taken in the order of the data, since 2 columns were found and"
                + " none by its name");
    Cli.Result byName = Cli.run("predict", model(), named, "--probabilities");
    assertThat(byPosition.lines()).isEqualTo(byName.lines().subList(0, 3));
    assertThat(byName.err()).doesNotContain("order");

    // Another number of columns, or other names, are no match.
    Path more = file("more.csv", "1,2,3\n4,5,6\n");
    Cli.Result refused = Cli.run("predict", model(), more, "--no-header");
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err()).contains("lacks the columns 'x', 'z'");
    Path other = file("other.csv", "p,q\n4,5\n");
    assertThat(Cli.run("predict", model(), other).exitCode()).isEqualTo(3);

    // And the reverse: a model of columns without names reads a table that has some.
    Path plain = file("plain.csv", "0,1,a\n2,3,b\n1,0,a\n5,2,b\n0,0,a\n4,4,b\n1,1,a\n3,3,b\n");
    Path numbered = folder.resolve("n.onnx");
    Cli.Result unnamed =
        Cli.run(
            "train",
            plain,
            "--no-header",
            "--target",
            "last",
            "--dev-fraction",
            0,
            "--epochs",
            5,
            "--out",
            numbered);
    assertThat(unnamed.exitCode()).as(unnamed.err()).isZero();
    Cli.Result evaluated = Cli.run("evaluate", numbered, named, "--target", "y");
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(evaluated.err()).contains("taken in the order of the data");
  }

  @Test
  void markersOfMissingCellsGoWithTheModel() throws Exception {
    StringBuilder text = new StringBuilder("x,c,t\n");
    for (int i = 0; i < 60; i++) {
      String x = i % 7 == 0 ? "-9" : Integer.toString(i % 5);
      String c = i % 6 == 0 ? "keine" : i % 2 == 0 ? "a" : "NA";
      text.append(x).append(',').append(c).append(i % 3 == 0 ? ",ja\n" : ",nein\n");
    }
    Path data = file("m.csv", text.toString());
    Cli.Result trained =
        Cli.run(
            "train",
            data,
            "--target",
            "t",
            "--missing",
            "-9,keine",
            "--epochs",
            3,
            "--out",
            model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(Cli.run("info", model()).out()).contains("c: category of NA, a or missing");
    Path rows = file("rows.csv", "x,c\n-9,keine\n,\n1,NA\n");
    Cli.Result predicted = Cli.run("predict", model(), rows, "--probabilities");
    assertThat(predicted.exitCode()).as(predicted.err()).isZero();
    assertThat(predicted.lines().get(1)).isEqualTo(predicted.lines().get(2));
    assertThat(predicted.lines().get(3)).isNotEqualTo(predicted.lines().get(2));
    assertThat(predicted.err()).doesNotContain("does not know");
  }

  @Test
  void severalFilesAreOneTable() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      text.append(i).append(",r").append(i).append(i % 4 < 2 ? ",a\n" : ",b\n");
    }
    Path first = file("part-1.csv", "x,id,t\n" + text);
    Path second = file("part-2.csv", "x,id,t\n" + text);
    Path pattern = folder.resolve("part-*.csv");
    Cli.Result trained =
        Cli.run("train", pattern, "--target", "t", "--epochs", 3, "--out", model(), "--json");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(JsonParser.object().from(trained.out()).getInt("rows")).isEqualTo(64);
    assertThat(Cli.run("info", model()).out()).contains("part-1.csv, part-2.csv");
    Cli.Result evaluated = Cli.run("evaluate", model(), first, second, "--json");
    assertThat(JsonParser.object().from(evaluated.out()).getInt("rows")).isEqualTo(80);
    Cli.Result predicted = Cli.run("predict", model(), second, first, "--keep", "id,x");
    assertThat(predicted.lines()).hasSize(81);
    assertThat(predicted.lines().get(40)).startsWith("r39,39,");
    assertThat(predicted.lines().get(41)).startsWith("r0,0,");
    Cli.Result none = Cli.run("train", folder.resolve("no-*.csv"), "--target", "t");
    assertThat(none.exitCode()).isEqualTo(6);
    assertThat(none.err()).contains("is a pattern that no file fits; check it");
    Cli.Result input = Cli.run("train", first, second, "--target", "t", "--out", second);
    assertThat(input.exitCode()).isEqualTo(6);
    assertThat(input.err()).contains("is an input and would be overwritten");
  }

  /** Names and words that would clear a screen, colour it or turn what is written around. */
  @Test
  void aTableDrivesNoTerminal() throws IOException {
    StringBuilder text = new StringBuilder("x,\u001b[2Jword,id\u009b,t\u202e\n");
    for (int i = 0; i < 60; i++) {
      text.append(i * 7 % 10).append(i % 3 == 0 ? ",\u001b[31mred" : ",blue\u0007");
      text.append(",r\u001b").append(i).append(i % 2 == 0 ? ",y\u001b]0;es\n" : ",\u202eno\n");
    }
    Path data = file("t.csv", text.toString());
    String target = "t\u202e";
    assertPrintable(
        0, Cli.run("train", data, "--target", target, "--epochs", 3, "--out", model()), "\\u009b");
    assertPrintable(0, Cli.run("info", model()), "\\u001b[2Jword: category of \\u001b[31mred");
    assertPrintable(0, Cli.run("evaluate", model(), data), "y\\u001b]0;es");
    assertPrintable(3, Cli.run("train", data, "--target", "q"), "has no column 'q'");
    Path bad = file("bad.csv", text + "\u001b[2J,blue\u0007,1,y\u001b]0;es\n");
    assertPrintable(3, Cli.run("evaluate", model(), bad), "column 'x': '\\u001b[2J'");
    Path other = file("other.csv", "x,\u001b[2Jword,t\u202e\n1,blue\u0007,may\u001bbe\n");
    assertPrintable(3, Cli.run("evaluate", model(), other), "'may\\u001bbe'");
  }

  private static void assertPrintable(int exitCode, Cli.Result result, String said) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    String all = result.out() + result.err();
    assertThat(all).contains(said);
    assertThat(all.lines()).allMatch(Printable::isPrintable);
  }
}
