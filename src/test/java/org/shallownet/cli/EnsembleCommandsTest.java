package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.model.Model;

/** {@code train} without options of a network, and {@code cross-validate}. */
class EnsembleCommandsTest {
  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("model.onnx");
  }

  /** A table of three numbers, of which two decide what the target is, and a word. */
  private Path table(int rows) {
    Random random = new Random(rows);
    List<String> lines = new ArrayList<>(List.of("a,b,c,w,t"));
    for (int r = 0; r < rows; r++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      String target = r < 2 ? List.of("no", "yes").get(r) : a * b > 0 ? "yes" : "no";
      String c = r % 7 == 3 ? "" : Double.toString(random.nextDouble());
      lines.add(
          String.format(Locale.ROOT, "%.4f,%.4f,%s,%s,%s", a, b, c, "xyz".charAt(r % 3), target));
    }
    return Cli.write(folder.resolve("table" + rows + ".csv"), lines.toArray(new String[0]));
  }

  private static JsonObject json(Cli.Result result) throws Exception {
    assertThat(result.exitCode()).as(result.err()).isZero();
    return JsonParser.object().from(result.out());
  }

  @Test
  void withoutOptionsAnEnsembleIsTrainedAndCrossValidated() throws Exception {
    Path table = table(200);
    Cli.Result result = Cli.run("train", table, "--target", "t", "--out", model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("Ensemble: tanh and relu networks of 64 units with 7 inputs and with 31,")
        .contains("4 families × 5 folds = 20 networks")
        .contains("Settings: Adam", "batches of 32", "L2 0.003", "patience 20", "seed 0")
        .contains("Shares: tanh ")
        .contains("folds: cross-validated, each row by the networks that have not learned from it");
    assertThat(result.out()).contains("train     folds", "Model saved to " + model());
    Cli.Result evaluated = Cli.run("evaluate", model(), table);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(Cli.run("predict", model(), table).lines()).hasSize(201);
    assertThat(Cli.run("info", model()).out()).contains("ensemble", "folds", "network");
    Cli.Result further =
        Cli.run("train", table, "--target", "t", "--from", model(), "--out", folder.resolve("f"));
    assertThat(further.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(further.err()).contains("networks can't be trained on; train a new one without");
  }

  @Test
  void jsonHasBothScores() throws Exception {
    Path history = folder.resolve("history.csv");
    Path table = table(120);
    JsonObject object =
        json(
            Cli.run(
                "train",
                table,
                "--target",
                "t",
                "--out",
                model(),
                "--json",
                "--dev",
                table(60),
                "--history",
                history,
                "--patience",
                3));
    assertThat(object.keySet())
        .containsExactly(
            "backend",
            "device",
            "engine",
            "rows",
            "features",
            "columns",
            "networks",
            "families",
            "epochs",
            "seconds",
            "samples_per_second",
            "model",
            "train",
            "cross_validation",
            "cross_validation_rows",
            "dev");
    assertThat(object.getInt("networks")).isEqualTo(20);
    assertThat(object.getInt("cross_validation_rows")).isEqualTo(120);
    for (String name : List.of("train", "cross_validation", "dev")) {
      assertThat(object.getObject(name).keySet()).contains("accuracy", "log_loss", "auc");
    }
    double shares = 0;
    for (Object family : object.getArray("families")) {
      shares += ((JsonObject) family).getDouble("share");
    }
    assertThat(shares).isCloseTo(1, within(1e-9));
    List<String> lines = Cli.read(history);
    assertThat(lines.get(0))
        .isEqualTo("family,fold,epoch,train_cost,dev_cost,seconds,train_accuracy,dev_accuracy");
    assertThat(lines.stream().filter(line -> line.startsWith("relu-piecewise,4,"))).isNotEmpty();
  }

  @Test
  void fastIsTheOneNetworkThatItsOptionsDescribe() throws Exception {
    Path one = folder.resolve("one.onnx");
    Path other = folder.resolve("other.onnx");
    Cli.Result fast =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--effort", "fast", "--out", one);
    assertThat(fast.exitCode()).as(fast.err()).isZero();
    assertThat(fast.err()).contains("Settings: Adam", "batches of 32", "patience 100");
    Cli.run("train", Cli.PLANAR, "--target", "label", "--hidden", 64, "--out", other);
    assertThat(Model.load(one)).isEqualTo(Model.load(other));
    assertThat(Model.load(one).isEnsemble()).isFalse();
  }

  @Test
  void whatContradictsItselfIsRefused() {
    for (String[] options :
        new String[][] {
          {"--effort", "high", "--hidden", "3"},
          {"--effort", "normal", "--epochs", "3"},
          {"--effort", "normal", "--optimizer", "adam"},
          {"--effort", "much"},
          {"--time", "5"},
          {"--time", "-3s"},
          {"--time", "s"}
        }) {
      List<Object> line = new ArrayList<>(List.of("train", Cli.PLANAR, "--target", "label"));
      line.addAll(List.of(options));
      Cli.Result result = Cli.run(line.toArray());
      assertThat(result.exitCode()).as(line.toString()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err()).contains(options[0].equals("--time") ? "--time" : "--effort");
    }
  }

  @Test
  void aTableOfFewRowsGetsOneNetwork() throws IOException {
    Cli.Result result = Cli.run("train", table(9), "--target", "t", "--out", model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("Effort: one network, since the table has too few rows");
    assertThat(Model.load(model()).isEnsemble()).isFalse();
  }

  @Test
  void whenTheTimeIsUpTheBestSoFarIsSaved() {
    Cli.Result none =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--time", "0.0001s", "--out", model());
    assertThat(none.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(none.err()).contains("The time was up before the first epoch ended");
    assertThat(Files.exists(model())).isFalse();
    Cli.Result single =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--time",
            "2s",
            "--epochs",
            100_000_000,
            "--patience",
            100_000_000,
            "--out",
            model());
    assertThat(single.exitCode()).as(single.err()).isZero();
    assertThat(single.err()).contains("; the time was up");
  }

  /** Networks that have not learned anything are not measured. */
  @Test
  void whenTheTimeIsUpBeforeEveryFoldHasANetworkNothingIsMeasured() {
    Path predictions = folder.resolve("predictions.csv");
    for (String effort : List.of("fast", "normal")) {
      Cli.Result result =
          Cli.run(
              "cross-validate",
              Cli.PLANAR,
              "--target",
              "label",
              "--effort",
              effort,
              "--time",
              "0.0001s",
              "--predictions",
              predictions);
      assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .endsWith(
              "The time was up before every fold had a network, so nothing was measured; give more"
                  + " with --time, or fewer --folds.\n");
      assertThat(predictions).doesNotExist();
    }
  }

  /** It counts as a training that came to its end: the model replaces an older one. */
  @Test
  void whenTheTimeIsUpAnEnsembleIsMadeOfTheBestSoFar() throws Exception {
    Cli.write(model(), "an older model");
    long began = System.nanoTime();
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--time",
            "0.05m",
            "--patience",
            1_000_000,
            "--checkpoint-every",
            1,
            "--out",
            model());
    double seconds = (System.nanoTime() - began) * 1e-9;
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("; the time was up");
    assertThat(result.out())
        .containsPattern("\n? +train +folds\n")
        .contains("Model saved to " + model() + "; its checkpoint ");
    assertThat(seconds).isBetween(3.0, 60.0);
    assertThat(Model.load(model()).provenance()).containsEntry("networks_of_a_family", "5");
  }

  @Test
  void anInterruptedEnsembleIsSaved() {
    Interruption interruption = new Interruption(() -> {});
    Path history = folder.resolve("history.csv");
    // The history has something once an epoch has ended.
    Thread signal =
        new Thread(
            () -> {
              while (history.toFile().length() == 0) {
                Thread.onSpinWait();
              }
              interruption.onShutdown();
            });
    signal.start();
    Cli.Result result =
        Cli.run(
            interruption,
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--patience",
            1_000_000,
            "--history",
            history,
            "--out",
            model());
    interruption.finished();
    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err()).contains("Interrupted; the best so far is in " + model());
    assertThat(Cli.run("evaluate", model(), Cli.PLANAR).exitCode()).isZero();
  }

  @Test
  void crossValidationSaysMeansAndErrorsAndWhatWasPredicted() throws Exception {
    Path predictions = folder.resolve("predictions.csv");
    JsonObject object =
        json(
            Cli.run(
                "cross-validate",
                Cli.PLANAR,
                "--target",
                "label",
                "--hidden",
                4,
                "--epochs",
                30,
                "--folds",
                4,
                "--repeats",
                2,
                "--predictions",
                predictions,
                "--json"));
    assertThat(object.keySet())
        .containsExactly(
            "task", "rows", "folds", "repeats", "seconds", "mean", "standard_error", "each");
    assertThat(object.getArray("each")).hasSize(8);
    double sum = 0;
    double squares = 0;
    for (Object part : object.getArray("each")) {
      double accuracy = ((JsonObject) part).getObject("metrics").getDouble("accuracy");
      sum += accuracy;
      squares += accuracy * accuracy;
    }
    assertThat(object.getObject("mean").getDouble("accuracy")).isCloseTo(sum / 8, within(1e-12));
    double variance = (squares - sum * sum / 8) / 7;
    assertThat(object.getObject("standard_error").getDouble("accuracy"))
        .isCloseTo(Math.sqrt(variance / 8), within(1e-9));
    List<String> lines = Cli.read(predictions);
    assertThat(lines.get(0)).isEqualTo("row,repeat,fold,label,probability_0,probability_1");
    for (int repeat = 0; repeat < 2; repeat++) {
      String middle = "," + repeat + ",";
      assertThat(
              lines.stream()
                  .skip(1)
                  .filter(line -> line.substring(line.indexOf(',')).startsWith(middle))
                  .map(line -> Integer.valueOf(line.substring(0, line.indexOf(',')))))
          .hasSize(400)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void crossValidationOfTheEnsembleAndOfNumbersIsATable() {
    List<String> lines = new ArrayList<>(List.of("x,y"));
    for (int r = 0; r < 90; r++) {
      lines.add(r / 10.0 + "," + Math.sin(r / 10.0));
    }
    Path table = Cli.write(folder.resolve("sine.csv"), lines.toArray(new String[0]));
    Cli.Result result =
        Cli.run("cross-validate", table, "--target", "y", "--folds", 2, "--patience", 5);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("mean   ± error", "rmse", "r2");
    assertThat(result.err()).contains("Fold 1 of 2: 45 rows, rmse ");
    for (Object[] wrong : new Object[][] {{"--folds", 1}, {"--repeats", 0}}) {
      Cli.Result refused = Cli.run("cross-validate", table, "--target", "y", wrong[0], wrong[1]);
      assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
      assertThat(refused.err()).contains("must be at least");
    }
    assertThat(Cli.run("cross-validate", table, "--target", "y", "--folds", 91).exitCode())
        .isEqualTo(ExitCode.DATA);
  }

  /** The settings of a textbook are cross-validated as they are; of an ensemble folds stop it. */
  @Test
  void crossValidatesANetworkWithoutADevSet() {
    String textbook = "--folds 2 --hidden 4 --epochs 3 --optimizer gd --batch-size full --quiet";
    List<List<String>> answers = new ArrayList<>();
    for (String fraction : List.of("0", "0.5", "0.2", "")) {
      Path file = folder.resolve("answers.csv");
      List<Object> command = new ArrayList<>(List.of("cross-validate", Cli.PLANAR, "--target"));
      command.addAll(List.of("label", "--predictions", file));
      command.addAll(List.of(textbook.split(" ")));
      if (!fraction.isEmpty()) {
        command.addAll(List.of("--dev-fraction", fraction));
      }
      Cli.Result result = Cli.run(command.toArray());
      assertThat(result.exitCode()).as(result.err()).isZero();
      answers.add(Cli.read(file));
    }
    assertThat(answers.get(0)).isNotEqualTo(answers.get(1));
    assertThat(answers.get(2)).isEqualTo(answers.get(3)).isNotEqualTo(answers.get(0));
    Cli.Result refused =
        Cli.run("cross-validate", Cli.PLANAR, "--target", "label", "--dev-fraction", 0);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err())
        .contains(
            "--dev-fraction is for one network, and folds judge the epochs of an ensemble; leave it"
                + " out, or add --effort fast");
    Cli.Result wrong =
        Cli.run("cross-validate", Cli.PLANAR, "--target", "label", "--dev-fraction", 1);
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("--dev-fraction must be at least 0 and below 1, not 1.0");
  }
}
