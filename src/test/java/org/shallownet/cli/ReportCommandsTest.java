package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Pages of {@code --report}, {@code explain}, {@code --tensorboard}. */
class ReportCommandsTest {
  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("model.onnx");
  }

  private Path page() {
    return folder.resolve("page.html");
  }

  /** Runs a command that writes a page, and checks what holds of every page. */
  private String page(Object... command) {
    List<Object> words = new ArrayList<>(List.of(command));
    words.addAll(List.of("--report", page()));
    Cli.Result result = Cli.run(words.toArray());
    assertThat(result.exitCode()).as(result.err()).isZero();
    try {
      String page = Files.readString(page());
      DocumentBuilderFactory parsers = DocumentBuilderFactory.newInstance();
      parsers.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
      assertThat(page.replace("xmlns=\"http://www.w3.org/2000/svg\"", ""))
          .doesNotContain("<script", "http://", "https://", "@import", "NaN", "Infinity")
          .doesNotContainPattern("<[^>]* (src|on\\w+)=")
          .contains("default-src 'none'".replace("'", "&#39;"))
          .contains("<h2>Data</h2>", "<h2>Settings and how to repeat it</h2>")
          .contains("shallownet " + command[0]);
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
      }
      return page;
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void oneNetworkAndItsEvaluation() {
    String trained =
        page(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            5,
            "--hidden",
            4,
            "--out",
            model());
    assertThat(trained)
        .contains("ROC curve", "Precision and recall", "Calibration", "Confusion matrix")
        .contains("Cost by epoch", "What it says between the rows", "Importance of columns");
    assertThat(page("evaluate", model(), Cli.PLANAR))
        .contains("How good model.onnx is", "ROC curve", "What it says between the rows")
        .contains("400 rows");
  }

  @Test
  void anEnsembleHasTheCurvesOfEveryMember() {
    String trained =
        page("train", Cli.PLANAR, "--target", "label", "--time", "2s", "--out", model(), "--quiet");
    assertThat(trained).contains("Cost on the fold left out", "share of the ensemble");
    assertThat(trained.split("class=\"line c\\d d\\d faint\"", -1)).hasSizeGreaterThan(2 * 4);
  }

  @Test
  void aComparisonByADevSetAndByFolds() throws IOException {
    Object[] compare = {
      "compare",
      Cli.PLANAR,
      "--target",
      "label",
      "--hidden",
      "none,4",
      "--activations",
      "tanh",
      "--epochs",
      4,
      "--seeds",
      2,
      "--out",
      model()
    };
    assertThat(page(compare))
        .contains("Cost by time", "Cost by hidden units", "logistic regression", "ROC curve");
    List<Object> byFolds = new ArrayList<>(List.of(compare));
    byFolds.addAll(List.of("--folds", 3));
    assertThat(page(byFolds.toArray())).contains("on the folds", "ROC curve", "fold left out");
    String printed = Cli.run(byFolds.toArray()).out();
    assertThat(printed).contains("± standard error of the mean over the folds");
    Matcher costs = Pattern.compile("[0-9.]+ ± [0-9.]+").matcher(printed);
    assertThat(costs.find()).isTrue();
    String page = Files.readString(page());
    assertThat(page)
        .contains("<td class=\"n\">" + costs.group() + "</td>")
        .contains("its mean and the standard error of the mean over the folds")
        .contains("Lines through points are one standard error up and down.");
  }

  @Test
  void numbersAndHostileNames() {
    List<String> rows = new ArrayList<>(List.of("\"<script>alert(1)</script>\",\"a&\"\"b\",y"));
    for (int i = 0; i < 60; i++) {
      rows.add((i % 7) + "," + (i % 2 == 0 ? "<img src=x>" : "x'y") + "," + i * 1.5);
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    String page =
        page(
            "cross-validate",
            table,
            "--target",
            "y",
            "--folds",
            2,
            "--effort",
            "fast",
            "--epochs",
            5);
    assertThat(page)
        .contains("rmse of each fold", "Predicted against true: y", "Errors: y")
        .contains("<td class=\"text\">Adam, ")
        .doesNotContain("Adam[", "Auto[")
        .contains("2 networks of all folds, a line for each.", "Cost on the dev set")
        .contains(
            "the mean of 2 models, each of which is asked about rows that it has not learned from,"
                + " shuffled once, 60 rows in all. As they are, rmse is")
        .contains("The thin line is a standard deviation of the models to either side.")
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img", "a&amp;&quot;b")
        .doesNotContain("<img");
  }

  @Test
  void theNetworksOfCrossValidatedEnsembles() {
    List<String> rows = new ArrayList<>(List.of("a,b,y"));
    for (int i = 0; i < 60; i++) {
      rows.add(i % 7 + "," + i % 5 + "," + i % 2);
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    assertThat(page("cross-validate", table, "--target", "y", "--folds", 3))
        .contains("Cost on the inner fold left out", "Cost on the rows learned from")
        .contains("each of its networks learns from all but an inner fold")
        .contains("the mean of 3 models, each of which");
  }

  @Test
  void severalClassesAreDrawnOneAgainstTheRest() {
    List<String> rows = new ArrayList<>(List.of("a,b,c,kind"));
    for (int i = 0; i < 90; i++) {
      rows.add(i % 3 + 0.1 * (i % 5) + "," + i % 5 + "," + i % 4 + "," + "uvw".charAt(i % 3));
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    assertThat(
            page(
                "train",
                table,
                "--target",
                "kind",
                "--hidden",
                4,
                "--epochs",
                20,
                "--out",
                model()))
        .contains("Each class against all others", "of the class that is predicted");
  }

  @Test
  void countsAreDrawnAsCounts() {
    List<String> rows = new ArrayList<>(List.of("a,count"));
    for (int i = 0; i < 120; i++) {
      rows.add(i % 10 + "," + (30 + 3 * (i % 10) + i % 3));
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    assertThat(
            page(
                "train",
                table,
                "--target",
                "count",
                "--loss",
                "poisson",
                "--hidden",
                4,
                "--epochs",
                200,
                "--out",
                model()))
        .contains("Predicted against true: count", "poisson_deviance");
    assertThat(Cli.run("explain", model(), table, "--metric", "poisson_deviance").err())
        .contains("how much poisson_deviance rises from");
  }

  /** A table of counts whose logarithm rises with a and falls with b. */
  private Path counts(String name, String... more) {
    List<String> rows = new ArrayList<>(List.of("a,b,count"));
    for (int i = 0; i < 120; i++) {
      double mean = Math.exp(1 + 0.4 * (i % 7) - 0.4 * (i % 5));
      rows.add(i % 7 + "," + i % 5 + "," + Math.round(10 * mean));
    }
    rows.addAll(List.of(more));
    return Cli.write(folder.resolve(name), rows.toArray(new String[0]));
  }

  @Test
  void predictionsThatAreTooLargeForANumberHaveAPage() {
    Cli.Result trained =
        Cli.run(
            "train",
            counts("counts.csv"),
            "--target",
            "count",
            "--task",
            "regression",
            "--loss",
            "poisson",
            "--hidden",
            "none",
            "--epochs",
            300,
            "--out",
            model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path overflowing = counts("overflowing.csv", "90000,0,1");
    assertThat(page("evaluate", model(), overflowing))
        .contains("<td class=\"n\">∞</td>")
        .contains("Not drawn: 1 row for which the prediction is too large for a number.")
        .contains("This can&#39;t be measured: rmse is infinite on these rows as they are");
    Cli.Result refused = Cli.run("explain", model(), overflowing);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(refused.err()).contains("error: rmse is infinite on these rows as they are, since");
    // As it is, b makes up for a.
    Path balanced = counts("balanced.csv", "90000,900000,0");
    assertThat(page("explain", model(), balanced))
        .contains("makes rmse infinite, as predictions become too large for a number")
        .contains("not drawn.", "<td class=\"n\">∞</td>");
  }

  @Test
  void severalTargets() {
    List<String> rows = new ArrayList<>(List.of("a,b,p,q"));
    for (int i = 0; i < 60; i++) {
      rows.add(
          i % 7
              + ","
              + i % 5
              + ","
              + (i % 7 > 3 ? "yes" : "no")
              + ","
              + (i % 5 > 2 ? "yes" : "no"));
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    assertThat(
            page("train", table, "--target", "p,q", "--hidden", 4, "--epochs", 5, "--out", model()))
        .contains("ROC curve of p", "ROC curve of q");
  }

  /** {@code shallownet evaluate … --report F | head -1}. */
  @Test
  void aPageIsWrittenAlsoWhereNobodyReadsTheResult() throws IOException {
    Object[] trained = {"--target", "label", "--hidden", 4, "--epochs", 3, "--quiet"};
    Cli.run(with("train", trained, "--out", model()));
    List<Object[]> commands =
        List.of(
            new Object[] {"evaluate", model(), Cli.PLANAR},
            new Object[] {"explain", model(), Cli.PLANAR},
            with("train", trained, "--out", folder.resolve("again.onnx")),
            with("cross-validate", trained, "--folds", 2),
            new Object[] {
              "train",
              Cli.PLANAR,
              "--target",
              "label",
              "--effort",
              "fast",
              "--epochs",
              3,
              "--out",
              folder.resolve("ensemble.onnx"),
              "--quiet"
            },
            with("compare", trained, "--seeds", 1, "--out", folder.resolve("best.onnx")));
    for (Object[] command : commands) {
      List<String> words = new ArrayList<>(Stream.of(command).map(Object::toString).toList());
      words.addAll(List.of("--report", page().toString()));
      Terminal terminal =
          Terminal.plain(
              new PrintStream(
                  new StandardOutput(Cli.pipeWithoutReader()), true, StandardCharsets.UTF_8),
              new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
      int exitCode = Main.run(terminal, new Interruption(() -> {}), words.toArray(new String[0]));
      assertThat(exitCode).as(words.toString()).isZero();
      assertThat(page()).as(words.toString()).content().contains("</html>");
      Files.delete(page());
    }
  }

  private static Object[] with(String command, Object[] options, Object... more) {
    return Stream.of(new Object[] {command, Cli.PLANAR}, options, more)
        .flatMap(Stream::of)
        .toArray();
  }

  @Test
  void ofManyClassesATableNamesThoseMistakenMostOften() {
    List<String> rows = new ArrayList<>(List.of("x,y"));
    for (int i = 0; i < 600; i++) {
      int pair = i % 24 / 2;
      rows.add(pair + i % 5 * 0.01 + ",category number " + i % 24);
    }
    Path table = Cli.write(folder.resolve("t.csv"), rows.toArray(new String[0]));
    Object[] train = {
      "train", table, "--target", "y", "--hidden", 8, "--epochs", 30, "--out", model(), "--quiet"
    };
    assertThat(page(train))
        .contains("The classes of y that are mistaken most often, the first 10 of ")
        .contains("is predicted to be", "share of the class")
        .contains("Of more than 20 classes the confusion matrix is not drawn")
        .doesNotContain("Confusion matrix");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPageThatCantBeWrittenLosesNoModel() {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--hidden",
            4,
            "--epochs",
            2,
            "--out",
            model(),
            "--report",
            "/dev/full");
    assertThat(result.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(result.err())
        .contains("error: can't write /dev/full: ", "; the model is saved to " + model() + ".");
    assertThat(model()).exists();
  }

  @Test
  void aPageIsNoOtherFile() {
    Cli.Result same =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--out", model(), "--report", model());
    assertThat(same.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(same.err()).contains("--report must be another file than " + model());
    Cli.Result data = Cli.run("train", Cli.PLANAR, "--target", "label", "--report", Cli.PLANAR);
    assertThat(data.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(Cli.run("train", Cli.PLANAR, "--target", "label", "--report", "-").exitCode())
        .isEqualTo(ExitCode.USAGE);
    assertThat(model()).doesNotExist();
  }

  @Test
  void explainTellsWhichColumnsMatter() throws JsonParserException {
    Cli.run(
        "train", Cli.PLANAR, "--target", "label", "--hidden", 8, "--epochs", 60, "--out", model());
    String[] text = {"explain", model().toString(), Cli.PLANAR.toString(), "--repeats", "3"};
    Cli.Result result = Cli.run((Object[]) text);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("how much log_loss rises from 0.", "over 3 shuffles of 400 rows");
    assertThat(result.lines()).hasSize(3);
    assertThat(result.lines().get(0)).matches("column +importance +deviation");
    Cli.Result printed =
        Cli.run("explain", model(), Cli.PLANAR, "--json", "--metric", "auc", "--rows", 100);
    JsonObject json = JsonParser.object().from(printed.out());
    assertThat(json.getString("metric")).isEqualTo("auc");
    assertThat(json.getInt("rows")).isEqualTo(100);
    assertThat(json.getArray("columns")).hasSize(2);
    assertThat(page("explain", model(), Cli.PLANAR)).contains("What model.onnx depends on");
    Cli.Result refused = Cli.run("explain", model(), Cli.PLANAR, "--metric", "r2");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(refused.err()).contains("there is no metric 'r2' here; choose one of accuracy,");
    assertThat(Cli.run("explain", model(), Cli.PLANAR, "--repeats", 0).exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void tensorBoardGetsARunForEachNetwork() throws IOException {
    Path events = folder.resolve("events");
    Object[] train = {
      "train",
      Cli.PLANAR,
      "--target",
      "label",
      "--hidden",
      4,
      "--epochs",
      3,
      "--out",
      model(),
      "--tensorboard",
      events
    };
    assertThat(Cli.run(train).exitCode()).isZero();
    assertThat(Cli.run(train).exitCode()).isZero();
    try (Stream<Path> trainings = Files.list(events)) {
      assertThat(trainings.toList())
          .hasSize(2)
          .allSatisfy(
              training -> {
                assertThat(training.getFileName().toString())
                    .matches("[0-9]{8}-[0-9]{6}Z(-[0-9]+)?");
                assertThat(training.resolve("network")).isNotEmptyDirectory();
              });
    }
    Path file = Files.createFile(folder.resolve("file"));
    train[train.length - 1] = file;
    Cli.Result refused = Cli.run(train);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(refused.err()).contains(file + " is a file; name a folder with --tensorboard");
  }
}
