package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shallownet.cli.output.HistoryFile;
import org.shallownet.model.Model;
import org.shallownet.model.onnx.OnnxDecoder;
import org.shallownet.model.onnx.OnnxModel;
import org.shallownet.training.EpochReport;

class TrainCommandTest {
  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("model.onnx");
  }

  private static JsonObject json(Cli.Result result) throws JsonParserException {
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.lines()).hasSize(1);
    return JsonParser.object().from(result.out());
  }

  @Test
  void trainsAndSaysHowGoodTheModelIsAndWhereItWent() {
    Cli.Result result =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 20, "--out", model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("train", "dev", "accuracy", "log_loss", "auc", "cost")
        .contains("Model saved to " + model());
    assertThat(result.err()).contains("Task: binary").contains("Training 2-64-1 on 320 rows");
    assertThat(model()).isRegularFile();
  }

  @Test
  void jsonIsOneObjectWithTheNamesThatScriptsReadOnly() throws Exception {
    Cli.Result result =
        Cli.run(
            "train", Cli.PLANAR, "--target", "label", "--epochs", 3, "--out", model(), "--json");
    JsonObject object = json(result);
    assertThat(object.keySet())
        .containsExactly(
            "backend",
            "device",
            "engine",
            "rows",
            "features",
            "columns",
            "epochs",
            "seconds",
            "samples_per_second",
            "cost",
            "model",
            "train",
            "dev");
    assertThat(object.getString("backend")).isEqualTo("cpu");
    assertThat(object.getInt("rows")).isEqualTo(320);
    assertThat(object.getInt("features")).isEqualTo(2);
    assertThat(object.getInt("epochs")).isEqualTo(3);
    assertThat(object.getObject("dev").keySet())
        .containsExactly("accuracy", "log_loss", "precision", "recall", "f1", "auc");
  }

  @Test
  void withoutADevSetDevIsNullAndEveryEpochIsARowOfTheHistory() throws Exception {
    Path history = folder.resolve("history.csv");
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            7,
            "--dev-fraction",
            0,
            "--out",
            model(),
            "--history",
            history,
            "--json",
            "--batch-size",
            "full");
    JsonObject object = json(result);
    assertThat(object.isNull("dev")).isTrue();
    assertThat(object.getInt("rows")).isEqualTo(400);
    List<String> rows = Cli.read(history);
    assertThat(rows).hasSize(8);
    assertThat(rows.get(0))
        .isEqualTo("epoch,train_cost,dev_cost,seconds,train_accuracy,dev_accuracy");
    assertThat(rows.get(1)).startsWith("1,").contains(",,");
    assertThat(Double.parseDouble(rows.get(7).split(",", -1)[1]))
        .isEqualTo(object.getDouble("cost"));
  }

  @Test
  void theFirstRowOfAFullBatchRunIsTheCostOfTheFirstWeights() {
    Path history = folder.resolve("history.csv");
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--batch-size",
            "full",
            "--init",
            "zeros",
            "--hidden",
            "none",
            "--out",
            model(),
            "--history",
            history);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(Double.parseDouble(Cli.read(history).get(1).split(",", -1)[1]))
        .isCloseTo(Math.log(2), within(1e-7));
  }

  @Test
  void sameSeedGivesTheSameFile() throws IOException {
    Path other = folder.resolve("other.onnx");
    for (Path file : List.of(model(), other)) {
      Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 3, "--out", file);
    }
    assertThat(Files.readAllBytes(model())).isEqualTo(Files.readAllBytes(other));
    Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 3, "--out", other, "--seed", 1);
    assertThat(Files.readAllBytes(model())).isNotEqualTo(Files.readAllBytes(other));
  }

  @Test
  void learnsNumbersInTheirOwnUnits() throws Exception {
    StringBuilder text = new StringBuilder("a,b,y");
    for (int i = 0; i < 200; i++) {
      double a = Math.sin(i);
      double b = Math.cos(3.1 * i);
      text.append('\n').append(a).append(',').append(b).append(',').append(500 + 40 * a - 10 * b);
    }
    Path data = Cli.write(folder.resolve("numbers.csv"), text.toString());
    Cli.Result result = Cli.run("train", data, "--target", "y", "--out", model(), "--json");
    JsonObject train = json(result).getObject("train");
    assertThat(train.keySet()).containsExactly("rmse", "mae", "r2");
    assertThat(train.getDouble("rmse")).isBetween(1e-6, 5.0);
    assertThat(train.getDouble("r2")).isGreaterThan(0.98);
    assertThat(result.err()).contains("Task: regression");
    Cli.Result predicted = Cli.run("predict", model(), data);
    assertThat(predicted.lines()).hasSize(201);
    assertThat(predicted.lines().get(0)).isEqualTo("prediction");
    assertThat(Double.parseDouble(predicted.lines().get(1))).isBetween(400.0, 600.0);
  }

  @Test
  void goesOnFromAModelOfOurs() {
    Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 2, "--out", model());
    Path further = folder.resolve("further.onnx");
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--from",
            model(),
            "--out",
            further);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(further).isRegularFile();
    assertThat(result.err()).contains("(the model's)");
  }

  @Test
  void aDevFileIsReadWithTheClassesOfTheData() {
    Path dev = Cli.write(folder.resolve("dev.csv"), "label,x2,x1", "1,0.5,0.5", "0,1,2");
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--dev",
            dev,
            "--out",
            model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("on 400 rows (2 more for dev)");
  }

  @Test
  void aClassThatOnlyTheDevFileHasIsAnError() {
    Path dev = Cli.write(folder.resolve("dev.csv"), "label,x2,x1", "1,0.5,0.5", "2,1,2");
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--dev",
            dev,
            "--out",
            model());
    assertThat(result.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(result.err()).contains("dev.csv").contains("line 3").contains("'2'");
    assertThat(model()).doesNotExist();
  }

  @Test
  void quietSaysNothingButTheResult() {
    Cli.Result result =
        Cli.run(
            "train", Cli.PLANAR, "--target", "label", "--epochs", 2, "--quiet", "--out", model());
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("accuracy");
  }

  @Test
  void zerosWithAHiddenLayerWarn() {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--init",
            "zeros",
            "--out",
            model());
    assertThat(result.err()).contains("warning: with zeros as first weights");
  }

  @Test
  void aDivergenceSavesNothingThatIsNotSound() {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--optimizer",
            "gd",
            "--learning-rate",
            "1e30",
            "--out",
            model());
    assertThat(result.exitCode()).isEqualTo(ExitCode.DIVERGED);
    assertThat(result.err())
        .contains("error: training diverged in epoch 1")
        .contains("try a learning rate below 1.0E30")
        .contains("nothing was saved");
    assertThat(result.out()).isEmpty();
    assertThat(model()).doesNotExist();
  }

  @Test
  void anInterruptionSavesWhatWasLearned() {
    Interruption interruption = new Interruption(() -> {});
    Thread signal =
        new Thread(
            () -> {
              try {
                Thread.sleep(1500);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
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
            "--dev-fraction",
            0,
            "--epochs",
            100_000_000,
            "--out",
            model());
    interruption.finished();
    assertThat(result.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err()).contains("Interrupted; the model of epoch");
    assertThat(Cli.run("evaluate", model(), Cli.PLANAR).exitCode()).isZero();
  }

  @Test
  void aSplitSeedDecidesTheSplitAlone() throws IOException {
    Path other = folder.resolve("other.onnx");
    Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 2, "--out", model());
    Cli.run(
        "train", Cli.PLANAR, "--target", "label", "--epochs", 2, "--split-seed", 1, "--out", other);
    Model one = Model.load(model());
    Model two = Model.load(other);
    assertThat(one.standardizer()).isNotEqualTo(two.standardizer());
    assertThat(one.provenance()).containsEntry("seed", "0");
    assertThat(two.provenance()).containsEntry("seed", "0");
    Cli.run(
        "train", Cli.PLANAR, "--target", "label", "--epochs", 2, "--split-seed", 0, "--out", other);
    assertThat(Model.load(other)).isEqualTo(one);
  }

  @Test
  void patienceWithoutADevSetIsRefused() {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--effort",
            "fast",
            "--dev-fraction",
            0,
            "--patience",
            3,
            "--out",
            model());
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--patience needs a dev set");
  }

  @Test
  void whatIsNoNumberIsAnsweredWithWhatIsExpected() {
    Cli.Result result =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--learning-rate", "fast");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--learning-rate must be a number such as 0.01, not 'fast'");
  }

  @Test
  void theModelFileMayGiveNumbersAlone() throws IOException {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--out",
            model(),
            "--onnx",
            "probabilities");
    assertThat(result.exitCode()).as(result.err()).isZero();
    OnnxModel onnx = OnnxDecoder.decode(Files.readAllBytes(model()));
    assertThat(onnx.graph().outputs()).extracting("name").containsExactly("probabilities");
    assertThat(Cli.run("predict", model(), Cli.PLANAR).lines()).hasSize(401).contains("1");
    Cli.Result other = Cli.run("train", Cli.PLANAR, "--target", "label", "--onnx", "text");
    assertThat(other.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(other.err()).contains("--onnx must be labels or probabilities, not 'text'");
  }

  @Test
  void anXSeparatesLayersAsInCompare() throws IOException {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            2,
            "--hidden",
            "6x3",
            "--out",
            model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(Model.load(model()).spec().sizes()).isEqualTo("2-6-3-1");
  }

  @Test
  void aHistoryThatAnotherTrainingWritesIsRefusedBeforeDataIsRead() throws IOException {
    Path file = folder.resolve("history.csv");
    Object[] train = {
      "train",
      Cli.PLANAR,
      "--target",
      "label",
      "--hidden",
      2,
      "--epochs",
      2,
      "--out",
      model(),
      "--history",
      file
    };
    try (HistoryFile other = new HistoryFile(file, "accuracy", warning -> {})) {
      other.onEpoch(new EpochReport(1, 0.5, 0.6, 1, 0.9, 0.8, true));
      Cli.Result refused = Cli.run(train);
      assertThat(refused.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
      assertThat(refused.err())
          .isEqualTo(
              "error: "
                  + file
                  + " is being written by another training; name another file with --history, or"
                  + " wait until that one has ended.\n");
    }
    assertThat(model()).doesNotExist();
    assertThat(Cli.run(train).exitCode()).isZero();
    assertThat(Cli.read(file)).hasSize(3);
  }
}
