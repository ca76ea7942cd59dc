package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that use a model. */
class CommandsTest {
  @TempDir private static Path folder;

  private static Path model;

  @BeforeAll
  static void train() {
    model = folder.resolve("planar.onnx");
    Cli.Result result =
        Cli.run("train", Cli.PLANAR, "--target", "label", "--epochs", 100, "--out", model);
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private static JsonObject json(Cli.Result result) throws JsonParserException {
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.lines()).hasSize(1);
    return JsonParser.object().from(result.out());
  }

  @Test
  void evaluateMeasures() throws Exception {
    JsonObject metrics =
        json(Cli.run("evaluate", model, Cli.PLANAR, "--json")).getObject("metrics");
    assertThat(metrics.keySet())
        .containsExactly("accuracy", "log_loss", "precision", "recall", "f1", "auc");
    assertThat(metrics.getDouble("accuracy")).isBetween(0.8, 1.0);
    Cli.Result text = Cli.run("evaluate", model, Cli.PLANAR);
    assertThat(text.out()).contains("accuracy").contains("auc");
  }

  @Test
  void predictionsAgreeWithTheMeasuredAccuracy() throws Exception {
    Cli.Result result = Cli.run("predict", model, Cli.PLANAR, "--probabilities");
    List<String> lines = result.lines();
    assertThat(lines).hasSize(401);
    assertThat(lines.get(0)).isEqualTo("label,0,1");
    List<String> truth = Cli.read(Cli.PLANAR);
    int hits = 0;
    for (int i = 1; i <= 400; i++) {
      String[] cells = lines.get(i).split(",", -1);
      double p0 = Double.parseDouble(cells[1]);
      double p1 = Double.parseDouble(cells[2]);
      assertThat(p0 + p1).isCloseTo(1, within(1e-6));
      assertThat(cells[0]).isEqualTo(p1 > p0 ? "1" : "0");
      hits += truth.get(i).endsWith("," + cells[0]) ? 1 : 0;
    }
    JsonObject metrics =
        json(Cli.run("evaluate", model, Cli.PLANAR, "--json")).getObject("metrics");
    assertThat(metrics.getDouble("accuracy")).isEqualTo(hits / 400.0);
  }

  @Test
  void predictMatchesColumnsByNameAndIgnoresOthers() {
    Path shuffled =
        Cli.write(
            folder.resolve("shuffled.csv"), "name,x2,x1", "a,3.5761141481288448,1.204442292254319");
    Path plain =
        Cli.write(folder.resolve("plain.csv"), "x1,x2", "1.204442292254319,3.5761141481288448");
    Cli.Result one = Cli.run("predict", model, shuffled, "--probabilities");
    Cli.Result two = Cli.run("predict", model, plain, "--probabilities");
    assertThat(one.exitCode()).as(one.err()).isZero();
    assertThat(one.out()).isEqualTo(two.out());
    assertThat(one.err()).isEmpty();
  }

  @Test
  void predictWritesAFileAndNothingElse() {
    Path out = folder.resolve("out.csv");
    Cli.Result result = Cli.run("predict", model, Cli.PLANAR, "--out", out);
    assertThat(result.out()).isEmpty();
    assertThat(Cli.read(out)).isEqualTo(Cli.run("predict", model, Cli.PLANAR).lines());
  }

  @Test
  void anInterruptedPredictionLeavesNothingBehind(@TempDir Path empty) {
    Interruption interruption = new Interruption(() -> {});
    interruption.onShutdown();
    Path out = empty.resolve("out.csv");
    Cli.Result result = Cli.run(interruption, "predict", model, Cli.PLANAR, "--out", out);
    assertThat(result.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err()).contains("nothing was written");
    assertThat(empty).isEmptyDirectory();
  }

  @Test
  void infoShowsWhatIsInAModel() throws Exception {
    JsonObject info = json(Cli.run("info", model, "--json"));
    assertThat(info.getString("task")).isEqualTo("binary");
    assertThat(info.getString("network")).isEqualTo("2-64-1");
    assertThat(info.getArray("features")).containsExactly("x1", "x2");
    assertThat(info.getArray("classes")).containsExactly("0", "1");
    assertThat(info.getObject("provenance").getString("data")).isEqualTo("planar.csv");
    assertThat(info.getObject("provenance").getString("data_fingerprint")).startsWith("sha256:");
    assertThat(Cli.run("info", model).out()).contains("2-64-1", "x1, x2", "tanh", "seed");
  }

  @Test
  void doctorTellsWhichBackendIsUsedAndWhyNotTheOthers() throws Exception {
    JsonObject doctor = json(Cli.run("doctor", "--json"));
    assertThat(doctor.getString("used")).isEqualTo("cpu");
    assertThat(doctor.getArray("backends")).hasSize(2);
    Cli.Result text = Cli.run("doctor");
    assertThat(text.out()).contains("used by default").contains("unavailable").contains("java");
  }

  @Test
  void versionAndHelp() {
    assertThat(Cli.run("--version").out()).startsWith("ShallowNet 0.");
    assertThat(Cli.run("--help").out()).contains("train", "evaluate", "predict", "info", "doctor");
    assertThat(Cli.run("train", "--help").out()).contains("--target", "--hidden", "--history");
  }
}
