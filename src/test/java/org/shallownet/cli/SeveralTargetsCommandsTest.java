package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several targets, weights and the positive class, through the commands. */
class SeveralTargetsCommandsTest {
  @TempDir Path folder;

  private Path model() {
    return folder.resolve("m.onnx");
  }

  /** Two numbers and two yes/no columns that two features decide. */
  private Path table() throws IOException {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder("x,z,heat,cost,rain,snow\n");
    for (int i = 0; i < 300; i++) {
      double x = random.nextGaussian();
      double z = random.nextGaussian();
      text.append(
          String.format(
              Locale.ROOT,
              "%.4f,%.4f,%.4f,%.1f,%s,%d%n",
              x,
              z,
              2 * x - z,
              1e6 + 100 * z,
              x + z > 0 ? "yes" : "no",
              x > z ? 1 : 0));
    }
    return Files.writeString(folder.resolve("weather.csv"), text);
  }

  @Test
  void severalNumbers() throws Exception {
    Path data = table();
    Cli.Result trained =
        Cli.run(
            "train",
            data,
            "--target",
            "heat,cost",
            "--features",
            "x,z",
            "--epochs",
            200,
            "--out",
            model(),
            "--json");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err()).contains("Task: regression (2 targets are numbers)");
    JsonObject json = JsonParser.object().from(trained.out());
    assertThat(json.getObject("dev").getDouble("r2")).isGreaterThan(0.98);
    assertThat(json.getArray("targets").getObject(1).getString("target")).isEqualTo("cost");

    Cli.Result evaluated = Cli.run("evaluate", model(), data);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(evaluated.out()).containsPattern("heat +0\\.\\d+").containsPattern("cost +\\d");
    Cli.Result predicted = Cli.run("predict", model(), data);
    assertThat(predicted.lines().get(0)).isEqualTo("prediction_heat,prediction_cost");
    assertThat(predicted.lines().get(1)).matches("-?\\d+\\.\\d+(E-?\\d)?,(99|100)\\d{4}(\\.\\d+)?");
    assertThat(Cli.run("info", model()).out()).containsPattern("target +heat, cost");
  }

  @Test
  void severalQuestions() throws Exception {
    Path data = table();
    Cli.Result trained =
        Cli.run(
            "train",
            data,
            "--target",
            "rain,snow",
            "--features",
            "x,z",
            "--epochs",
            200,
            "--out",
            model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.err())
        .contains("Task: multilabel (2 targets are yes/no columns, each for itself)");
    assertThat(trained.out()).contains("label_accuracy").containsPattern("snow +\\d");
    JsonObject json = JsonParser.object().from(Cli.run("evaluate", model(), data, "--json").out());
    assertThat(json.getObject("metrics").getDouble("accuracy")).isGreaterThan(0.9);
    assertThat(json.getArray("targets").size()).isEqualTo(2);
    Cli.Result predicted = Cli.run("predict", model(), data, "--probabilities");
    assertThat(predicted.lines().get(0))
        .isEqualTo("prediction_rain,prediction_snow,probability_rain,probability_snow");
    assertThat(predicted.lines().get(1)).matches("(yes|no),[01],[0-9.E-]+,[0-9.E-]+");
    // Going on from it learns the same two.
    Cli.Result more =
        Cli.run(
            "train",
            data,
            "--target",
            "rain,snow",
            "--from",
            model(),
            "--epochs",
            1,
            "--out",
            folder.resolve("more.onnx"));
    assertThat(more.exitCode()).as(more.err()).isZero();
    // So does a comparison.
    Cli.Result compared =
        Cli.run(
            "compare",
            data,
            "--target",
            "rain,snow",
            "--hidden",
            "4,8",
            "--activations",
            "tanh",
            "--epochs",
            5,
            "--out",
            folder.resolve("best.onnx"));
    assertThat(compared.exitCode()).as(compared.err()).isZero();
  }

  @Test
  void thePositiveClassIsChosen() throws Exception {
    Path data = table();
    Cli.Result trained =
        Cli.run(
            "train", data, "--target", "rain", "--positive", "no", "--epochs", 5, "--out", model());
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(Cli.run("info", model()).out()).containsPattern("classes +yes, no\n");
    Cli.Result refused =
        Cli.run("train", data, "--target", "rain", "--positive", "maybe", "--out", model());
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err())
        .contains("'maybe' is none of the classes 'no', 'yes'; name one of them with --positive");
    assertThat(
            Cli.run(
                    "train",
                    data,
                    "--target",
                    "rain",
                    "--positive",
                    "no",
                    "--from",
                    model(),
                    "--out",
                    model())
                .exitCode())
        .isEqualTo(2);
  }

  /** One row in fifty is fraud, told apart by x but overlapping. */
  private Path frauds() throws IOException {
    Random random = new Random(5);
    StringBuilder text = new StringBuilder("x,kind,w\n");
    for (int i = 0; i < 2000; i++) {
      boolean fraud = i % 50 == 0;
      text.append(String.format(Locale.ROOT, "%.4f", random.nextGaussian() + (fraud ? 1.5 : 0)));
      text.append(fraud ? ",fraud," : ",fair,").append(fraud ? "20\n" : "1\n");
    }
    return Files.writeString(folder.resolve("frauds.csv"), text);
  }

  @Test
  void aRareClassIsTold() throws Exception {
    Path data = frauds();
    Object[] train = {"train", data, "--target", "kind", "--features", "x", "--epochs", 30};
    Cli.Result plain = Cli.run(with(train, "--out", model()));
    assertThat(plain.exitCode()).as(plain.err()).isZero();
    assertThat(plain.err())
        .containsPattern(
            "Class 'fraud' is rare: 8 of 400 rows of the dev set, of which \\d (is|are) found;"
                + " --class-weights balanced makes it count more");
    double found = recall(data);
    Cli.Result balanced = Cli.run(with(train, "--class-weights", "balanced", "--out", model()));
    assertThat(balanced.exitCode()).as(balanced.err()).isZero();
    assertThat(balanced.err()).doesNotContain("is rare");
    assertThat(recall(data)).isGreaterThan(found + 0.4);
    Cli.Result named = Cli.run(with(train, "--class-weights", "fraud=49", "--out", model()));
    assertThat(named.exitCode()).as(named.err()).isZero();
    assertThat(recall(data)).isGreaterThan(found + 0.4);
    Cli.Result rows = Cli.run(with(train, "--weights", "w", "--out", model()));
    assertThat(rows.exitCode()).as(rows.err()).isZero();
    assertThat(recall(data)).isGreaterThan(found + 0.4);
    // Weights count in metrics too.
    JsonObject weighed =
        JsonParser.object()
            .from(Cli.run("evaluate", model(), data, "--weights", "w", "--json").out());
    JsonObject plainly =
        JsonParser.object().from(Cli.run("evaluate", model(), data, "--json").out());
    assertThat(weighed.getObject("metrics").getDouble("accuracy"))
        .isNotEqualTo(plainly.getObject("metrics").getDouble("accuracy"));
    // The matrix is weighted, too, as what is computed of it.
    JsonArray matrix = weighed.getArray("confusion");
    double taken = matrix.getArray(0).getDouble(1);
    double right = matrix.getArray(1).getDouble(1);
    assertThat(matrix.getArray(1).getDouble(0) + right).isEqualTo(40 * 20);
    assertThat(matrix.getArray(0).getDouble(0) + taken).isEqualTo(1960);
    JsonObject fraud = weighed.getArray("classes").getObject(1);
    assertThat(fraud.getInt("rows")).isEqualTo(40);
    assertThat(fraud.getDouble("weight")).isEqualTo(800);
    assertThat(fraud.getDouble("precision")).isEqualTo(right / (taken + right));
    assertThat(plainly.getArray("classes").getObject(1)).doesNotContainKey("weight");
    String text = Cli.run("evaluate", model(), data, "--weights", "w").out();
    assertThat(text)
        .containsPattern("rows +weight +precision +recall +f1 +weight predicted as +fair +fraud\n")
        .containsPattern("fraud +40 +800 .* " + (int) right + "\n");
    assertThat(Cli.run("evaluate", model(), data).out())
        .containsPattern("rows +precision +recall +f1 +predicted as +fair +fraud\n");
  }

  private static Object[] with(Object[] words, Object... more) {
    Object[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return all;
  }

  private double recall(Path data) throws Exception {
    JsonObject json = JsonParser.object().from(Cli.run("evaluate", model(), data, "--json").out());
    return json.getArray("classes").getObject(1).getDouble("recall");
  }

  @Test
  void malformedClassWeightsAreAnErrorOfUsage() throws Exception {
    Path data = frauds();
    for (String wrong : new String[] {"fraud", "fraud=", "=3", "fraud=1,fraud=2", "even", "a=x"}) {
      Cli.Result refused =
          Cli.run("train", data, "--target", "kind", "--class-weights", wrong, "--out", model());
      assertThat(refused.exitCode()).as(wrong).isEqualTo(2);
      assertThat(refused.err()).contains("--class-weights must be balanced, or a weight for each");
    }
    assertThat(
            Cli.run(
                    "train",
                    data,
                    "--target",
                    "kind",
                    "--class-weights",
                    "fraud=-1",
                    "--out",
                    model())
                .err())
        .contains("must be a finite number that is not negative");
    Cli.Result unknown =
        Cli.run("train", data, "--target", "kind", "--class-weights", "frau=2", "--out", model());
    assertThat(unknown.exitCode()).isEqualTo(3);
    assertThat(unknown.err())
        .contains("'frau' is none of the classes 'fair', 'fraud'; correct the class weights");
  }
}
