package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.model.Model;

class CompareCommandTest {
  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("best.onnx");
  }

  /** Compares on the planar points; options of two words each may be given as one text. */
  private Cli.Result compare(Interruption interruption, String options) {
    List<Object> words = new ArrayList<>();
    words.addAll(List.of("compare", Cli.PLANAR, "--target", "label"));
    if (!options.contains("--out")) {
      words.addAll(List.of("--out", model()));
    }
    words.addAll(List.of(options.split(" ")));
    return Cli.run(interruption, words.toArray());
  }

  private Cli.Result compare(String options) {
    return compare(new Interruption(() -> {}), options);
  }

  private static JsonObject json(Cli.Result result) throws JsonParserException {
    assertThat(result.lines()).as(result.err()).hasSize(1);
    return JsonParser.object().from(result.out());
  }

  @Test
  void ranksAllActivationsAndSavesTheBest() {
    Cli.Result result = compare("--epochs 20 --seeds 2 --hidden 8");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("Comparing 10 networks (5 candidates × 2 seeds) on 320 rows, judged by 80 others")
        .contains("At most 20 epochs each: up to 3.58M multiply-adds")
        .contains("the best of 10 are optimistic");
    List<String> lines = result.lines();
    assertThat(lines.get(0))
        .containsSubsequence("activation", "hidden", "rate", "dev cost", "dev accuracy", "epochs");
    assertThat(lines.subList(1, 6))
        .allMatch(line -> line.matches("[1-5]  [a-z-]+ .*  8  0\\.003  .* ± .* ± .* 20  .* s.*"))
        .anyMatch(line -> line.contains("identity (linear)"));
    assertThat(result.out())
        .containsPattern("Best: [a-z-]+ 8, rate 0.003, seed [01], epoch [0-9]+")
        .contains("log_loss", "Model saved to " + model());
    assertThat(Cli.run("evaluate", model(), Cli.PLANAR).exitCode()).isZero();
  }

  /** The same file as {@code train} writes, but for the entry that tells of the others. */
  @Test
  void theBestIsWhatTrainMakesOfTheSameOptions() throws Exception {
    Cli.Result result =
        compare("--epochs 30 --seeds 2 --seed 5 --hidden 6,12x3 --activations relu,tanh --json");
    JsonObject object = json(result);
    JsonObject best = object.getArray("ranking").getObject(0);
    String hidden =
        best.getArray("hidden").stream().map(String::valueOf).collect(Collectors.joining("x"));
    Path alone = folder.resolve("alone.onnx");
    Cli.Result trained =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--epochs",
            30,
            "--hidden",
            hidden,
            "--activation",
            best.getString("activation"),
            "--seed",
            object.getInt("best_seed"),
            "--split-seed",
            5,
            "--out",
            alone);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Model one = Model.load(model());
    Model other = Model.load(alone);
    assertThat(one.weights()).isEqualTo(other.weights());
    assertThat(one.standardizer()).isEqualTo(other.standardizer());
    assertThat(one.provenance())
        .containsAllEntriesOf(other.provenance())
        .containsEntry("best_of", "8 networks");
  }

  @Test
  void jsonIsOneObjectWithTheRanking() throws Exception {
    JsonObject object =
        json(compare("--epochs 5 --seeds 2 --hidden none,3 --activations tanh --json"));
    assertThat(object.keySet())
        .containsExactly(
            "backend",
            "device",
            "engine",
            "rows",
            "dev_rows",
            "features",
            "columns",
            "networks",
            "seconds",
            "samples_per_second",
            "interrupted",
            "ranking",
            "best_seed",
            "model",
            "train",
            "dev");
    assertThat(object.getInt("networks")).isEqualTo(4);
    assertThat(object.getBoolean("interrupted")).isFalse();
    assertThat(object.getObject("dev").getDouble("accuracy")).isBetween(0.0, 1.0);
    JsonArray ranking = object.getArray("ranking");
    assertThat(ranking).hasSize(2);
    for (int i = 0; i < 2; i++) {
      JsonObject candidate = ranking.getObject(i);
      assertThat(candidate.keySet())
          .containsExactly(
              "rank",
              "activation",
              "hidden",
              "linear",
              "optimizer",
              "learning_rate",
              "l2",
              "parameters",
              "dev_cost",
              "dev_cost_deviation",
              "dev_accuracy",
              "dev_accuracy_deviation",
              "within_noise_of_first",
              "epochs",
              "seconds",
              "diverged",
              "failed",
              "runs");
      assertThat(candidate.getInt("failed")).isZero();
      boolean linear = candidate.getArray("hidden").isEmpty();
      assertThat(candidate.getBoolean("linear")).isEqualTo(linear);
      assertThat(candidate.isNull("activation")).isEqualTo(linear);
      JsonArray runs = candidate.getArray("runs");
      assertThat(runs).hasSize(2);
      double mean =
          (runs.getObject(0).getDouble("dev_cost") + runs.getObject(1).getDouble("dev_cost")) / 2;
      assertThat(candidate.getDouble("dev_cost")).isCloseTo(mean, within(1e-12));
      assertThat(runs.getObject(1).getInt("seed")).isEqualTo(1);
      assertThat(runs.getObject(1).getString("ending")).isEqualTo("completed");
    }
  }

  @Test
  void numbersAreRankedByCostAndShowTheirError() {
    StringBuilder text = new StringBuilder("a,b,y");
    for (int i = 0; i < 100; i++) {
      double a = Math.sin(i);
      double b = Math.cos(3.1 * i);
      text.append('\n').append(a).append(',').append(b).append(',').append(500 + 40 * a * b);
    }
    Path data = Cli.write(folder.resolve("numbers.csv"), text.toString());
    Cli.Result result =
        Cli.run(
            "compare",
            data,
            "--target",
            "y",
            "--hidden",
            "none,8",
            "--activations",
            "tanh",
            "--seeds",
            1,
            "--epochs",
            40,
            "--out",
            model());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("dev rmse", "linear regression", "none").doesNotContain("±");
    assertThat(result.err()).contains("With one seed nobody can tell");
  }

  @Test
  void oneThatDivergesIsLast() {
    Cli.Result result =
        compare(
            "--optimizer gd --learning-rates 1e30,0.1 --hidden 4 --activations relu --epochs 5");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.lines().get(1)).startsWith("1  relu").contains(" 0.1  ");
    assertThat(result.lines().get(2)).startsWith("2  relu").endsWith("diverged 3 of 3");
    assertThat(model()).isRegularFile();
  }

  @Test
  void ifAllDivergeNothingIsSaved() throws Exception {
    String options = "--optimizer gd --learning-rates 1e30 --hidden 4 --seeds 1";
    Cli.Result result = compare(options);
    assertThat(result.exitCode()).isEqualTo(ExitCode.DIVERGED);
    assertThat(result.err())
        .contains("error: every network diverged, so nothing was saved; try lower learning rates");
    assertThat(result.lines()).hasSize(6).last().asString().endsWith("diverged");
    assertThat(model()).doesNotExist();
    JsonObject object = json(compare(options + " --json"));
    assertThat(object.isNull("model")).isTrue();
    assertThat(object.isNull("dev")).isTrue();
    assertThat(object.getArray("ranking").getObject(0).isNull("dev_cost")).isTrue();
  }

  /** Asked to end as soon as a checkpoint says that an epoch has ended. */
  @Test
  void anInterruptionSavesTheBestSoFarAndShowsTheTable() throws InterruptedException {
    Interruption interruption = new Interruption(() -> {});
    Path checkpoint = folder.resolve("best.checkpoint");
    AtomicBoolean ended = new AtomicBoolean();
    Thread signal =
        new Thread(
            () -> {
              while (!ended.get() && !Files.exists(checkpoint)) {
                Thread.onSpinWait();
              }
              interruption.onShutdown();
            });
    signal.start();
    Cli.Result result;
    try {
      result =
          compare(
              interruption,
              "--epochs 100000000 --patience 100000000 --hidden 4 --activations tanh,relu"
                  + " --checkpoint-every 1");
    } finally {
      ended.set(true);
      interruption.finished();
      signal.join();
    }
    assertThat(result.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err()).contains("Interrupted; the best model so far is in " + model());
    assertThat(result.lines().get(1)).startsWith("1  ");
    assertThat(Cli.run("evaluate", model(), Cli.PLANAR).exitCode()).isZero();
  }

  @Test
  void interruptedAtOnceNothingIsSaved() throws Exception {
    Interruption interruption = new Interruption(() -> {});
    interruption.onShutdown();
    Cli.Result result = compare(interruption, "--hidden 4 --json");
    assertThat(result.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(result.err())
        .contains("Interrupted before the first epoch ended; nothing was saved");
    assertThat(json(result).getBoolean("interrupted")).isTrue();
    assertThat(model()).doesNotExist();
  }

  /** In a JVM of its own, whose memory holds the wide network's weights, but no optimizer's. */
  @Test
  void oneThatTheMemoryDoesNotHoldKeepsNoOtherFromTraining() throws Exception {
    Path err = folder.resolve("err.txt");
    Path out = folder.resolve("out.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Holds the large one's initial weights, but not its gradients and moments beside
                // them; with a collector that leaves no gaps.
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "compare",
                Cli.PLANAR.toString(),
                "--target=label",
                "--hidden=2500x2500,4,16",
                "--activations=tanh",
                "--seeds=1",
                "--epochs=3",
                "--backend=cpu",
                "--quiet",
                "--out=" + model())
            .redirectError(err.toFile())
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> errors =
        Cli.read(err).stream().filter(line -> line.startsWith("error: ")).toList();
    assertThat(errors).as(Cli.read(err).toString()).hasSize(1);
    assertThat(errors.get(0))
        .startsWith(
            "error: the memory does not hold tanh 2500x2500, rate 0.003, so only the others were"
                + " trained: not enough of Java's heap: ")
        .contains("-Xmx")
        .endsWith(".");
    List<String> table = Cli.read(out);
    assertThat(table.subList(1, 3)).allMatch(line -> line.matches("[12]  tanh +(4|16)  .* 3  .*"));
    assertThat(table.get(3)).startsWith("3  tanh").contains("2500x2500").endsWith("failed");
    assertThat(table)
        .anyMatch(line -> line.startsWith("accuracy"))
        .contains("Model saved to " + model());
    assertThat(Model.load(model()).spec().hidden().get(0).units()).isLessThan(17);
    assertThat(process.exitValue()).isEqualTo(ExitCode.MEMORY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--activations rely | unknown activation 'rely': choose one of relu, leaky-relu, tanh",
        "--activations relu,,tanh | must be all or activations such as relu,tanh, not 'relu,,tanh'",
        "--activations= | must be all or activations such as relu,tanh, not ''",
        "--hidden 4,a | --hidden must be numbers such as 4,16,64 (or 64x32), or none, not '4,a'",
        "--hidden 0 | --hidden: a hidden layer needs at least 1 unit, not 0",
        "--hidden 4x | not '4x'",
        "--learning-rates 0.1,x | --learning-rates must be numbers such as 0.001,0.01, not '0.1,x'",
        "--learning-rates 0.1,-1 | the learning rate must be a positive number that fits float32",
        "--seeds 0 | --seeds must be at least 1, not 0",
        "--seeds 1.5 | --seeds must be a whole number such as 100, not '1.5'",
        "--seeds 100000 | these are 500000 networks; at most 10000 can be compared",
        "--l2 much | --l2 must be a number such as 0.01, not 'much'",
        "--dev-fraction 0 | a comparison needs a dev set to judge by",
        "--dev x.csv --split-seed 1 | --split-seed has nothing to decide",
        "--task guess | or auto"
      })
  void mistakesAreFoundBeforeAnythingIsRead(String options, String message) {
    Cli.Result result = compare(options);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(message).doesNotContain("Task:");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aFileThatCanNotBeWrittenIsFoundBeforeTraining() {
    Path nowhere = folder.resolve("missing").resolve("best.onnx");
    Cli.Result result = compare("--out " + nowhere);
    assertThat(result.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(result.err()).contains("its folder does not exist").doesNotContain("Comparing");
    Cli.Result onto = compare("--out " + Cli.PLANAR);
    assertThat(onto.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(onto.err()).contains("is an input and would be overwritten");
  }

  /** The network is the one of the same test of {@code train}, which is no worse than guessing. */
  @Test
  void quietSaysNothingButTheResult() {
    Cli.Result result = compare("--epochs 2 --hidden 64 --activations tanh --seeds 1 --quiet");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("Best: tanh 64");
  }
}
