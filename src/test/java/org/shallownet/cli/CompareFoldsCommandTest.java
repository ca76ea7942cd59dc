package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.cli.output.StandardOutput;
import org.shallownet.cli.output.Terminal;
import org.shallownet.model.Model;

/** {@code compare} with {@code --folds} and {@code --ensemble}. */
class CompareFoldsCommandTest {
  private static final String SMALL =
      "--epochs 40 --hidden none,6 --activations tanh,relu --seeds 2 --learning-rates 0.03 --l2 1e-4";

  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("best.onnx");
  }

  private Object[] command(String options) {
    List<Object> words = new ArrayList<>(List.of("compare", Cli.PLANAR, "--target", "label"));
    if (!options.contains("--out")) {
      words.addAll(List.of("--out", model()));
    }
    words.addAll(Arrays.asList(options.split(" ", -1)));
    return words.toArray();
  }

  private Cli.Result compare(Interruption interruption, String options) {
    return Cli.run(interruption, command(options));
  }

  private Cli.Result compare(String options) {
    return compare(new Interruption(() -> {}), options);
  }

  private JsonObject json(String options) throws JsonParserException {
    Cli.Result result = compare(options + " --json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    return JsonParser.object().from(result.out());
  }

  private static double accuracy(Path model) throws JsonParserException {
    Cli.Result result = Cli.run("evaluate", model, Cli.PLANAR, "--json");
    assertThat(result.exitCode()).as(result.err()).isZero();
    return JsonParser.object().from(result.out()).getObject("metrics").getDouble("accuracy");
  }

  @Test
  void theTableSaysTheSpreadOverTheFoldsAndWhatIsSaved() {
    Cli.Result result = compare(SMALL + " --folds 4");
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .contains(
            "Comparing 24 networks (3 candidates × 2 seeds × 4 folds) on 400 rows, judged by the"
                + " fold that each has not learned from")
        .contains("Training 2-6-1 on 400 rows,")
        .contains("The scores on folds of the best of 24 are optimistic");
    assertThat(result.lines().get(0))
        .containsSubsequence("fold cost", "of seeds", "fold accuracy", "epochs");
    assertThat(result.lines().get(1)).matches("1  (tanh|relu) .* ± .* ± .* ± .*");
    assertThat(result.out())
        .contains("± standard error of the mean over the folds")
        .contains("of seeds: standard deviation over the seeds, of each one's mean over the folds")
        .containsPattern(
            "Best: (tanh|relu) 6, rate 0.03, seed [01], trained again on all rows, for \\d+"
                + " epochs?\n +train +folds\n")
        .contains("Model saved to " + model());
  }

  /** What is saved is what {@code train} makes of all rows in as many epochs. */
  @Test
  void theBestIsTrainedAgainOnAllRows() throws Exception {
    JsonObject object = json(SMALL + " --folds 4 --seed 3");
    JsonObject best = object.getArray("ranking").getObject(0);
    long seed = object.getLong("best_seed");
    List<Integer> epochs = new ArrayList<>();
    for (Object each : best.getArray("runs")) {
      JsonObject run = (JsonObject) each;
      if (run.getLong("seed") == seed) {
        epochs.add(run.getInt("best_epoch"));
      }
    }
    epochs.sort(null);
    assertThat(epochs).hasSize(4);
    assertThat(object.getInt("refit_epochs")).isEqualTo(epochs.get(2));
    Path alone = folder.resolve("alone.onnx");
    Cli.Result trained =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target=label",
            "--hidden=6",
            "--activation=" + best.getString("activation"),
            "--learning-rate=0.03",
            "--dev-fraction=0",
            "--l2=1e-4",
            "--seed=" + seed,
            "--epochs=" + epochs.get(2),
            "--out=" + alone);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(Model.load(model()).weights()).isEqualTo(Model.load(alone).weights());
    assertThat(Model.load(model()).provenance())
        .containsEntry("folds", "4")
        .containsEntry("fold_seed", "3")
        .containsEntry("best_of", "24 networks")
        .containsEntry("rows", "400");
  }

  @Test
  void jsonHasEachFoldAndTheErrors() throws Exception {
    JsonObject object = json(SMALL + " --folds 3");
    assertThat(object.getInt("folds")).isEqualTo(3);
    assertThat(object.getInt("dev_rows")).isZero();
    assertThat(object.isNull("dev")).isTrue();
    assertThat(object.getObject("cross_validation").getDouble("accuracy")).isBetween(0.5, 1.0);
    JsonObject first = object.getArray("ranking").getObject(0);
    assertThat(first.keySet())
        .contains("fold_cost", "fold_cost_error", "fold_accuracy", "fold_accuracy_error")
        .doesNotContain("dev_cost", "dev_accuracy");
    JsonArray runs = first.getArray("runs");
    assertThat(runs).hasSize(6);
    double[] means = new double[3];
    for (Object each : runs) {
      JsonObject run = (JsonObject) each;
      means[run.getInt("fold")] += run.getDouble("fold_cost") / 2;
    }
    double mean = Arrays.stream(means).average().orElseThrow();
    double squares = Arrays.stream(means).map(m -> (m - mean) * (m - mean)).sum();
    assertThat(first.getDouble("fold_cost")).isCloseTo(mean, within(1e-12));
    assertThat(first.getDouble("fold_cost_error"))
        .isCloseTo(Math.sqrt(squares / 2 / 3), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--folds 4", ""})
  void anEnsembleIsSavedAndShownBesideTheBest(String judge) throws Exception {
    JsonObject object = json((SMALL + " --ensemble " + judge).trim());
    JsonArray members = object.getArray("ensemble");
    double shares = 0;
    for (Object each : members) {
      shares += ((JsonObject) each).getDouble("share");
    }
    assertThat(shares).isCloseTo(1, within(1e-9));
    assertThat(members.getObject(0).keySet())
        .contains("activation", "hidden", "learning_rate", "seed", "share");
    String judged = judge.isEmpty() ? "dev" : "cross_validation";
    assertThat(object.getObject(judged).getDouble("log_loss"))
        .isLessThanOrEqualTo(object.getObject("best").getDouble("log_loss") + 1e-6);
    Model saved = Model.load(model());
    assertThat(saved.provenance()).containsKey("ensemble");
    if (!judge.isEmpty()) {
      // On all rows.
      assertThat(accuracy(model()))
          .isCloseTo(object.getObject("train").getDouble("accuracy"), within(1e-9));
    }
    Cli.Result table = compare((SMALL + " --ensemble " + judge).trim());
    assertThat(table.out())
        .containsPattern("Ensemble: (0\\.\\d+|1) × ")
        .containsPattern("\n +train +" + (judge.isEmpty() ? "dev" : "folds") + " +best\n");
  }

  @Test
  void rowsHeldBackJudgeTheResultAlone() throws Exception {
    JsonObject object = json(SMALL + " --folds 3 --dev-fraction 0.25");
    assertThat(object.getInt("rows")).isEqualTo(300);
    assertThat(object.getInt("dev_rows")).isEqualTo(100);
    assertThat(object.getObject("dev").getDouble("accuracy")).isBetween(0.5, 1.0);
    assertThat(compare(SMALL + " --folds 3 --dev-fraction 0.25 --ensemble").out())
        .containsPattern("\n +train +folds +best +dev\n");
  }

  /** Asked to end as soon as there is a checkpoint; then gone on from it. */
  @ParameterizedTest
  @ValueSource(strings = {"--folds 3", "--folds 3 --ensemble", "--ensemble"})
  void goesOnToTheSameFile(String judge) throws IOException, InterruptedException {
    String options =
        "--epochs 150 --patience 1000 --hidden 3,7 --activations tanh --seeds 2 --learning-rates 0.003 "
            + judge;
    Path whole = folder.resolve("whole.onnx");
    Cli.Result unbroken = compare(options + " --out " + whole + " --checkpoint none");
    assertThat(unbroken.exitCode()).as(unbroken.err()).isZero();
    Path checkpoint = folder.resolve("best.checkpoint");
    Interruption interruption = new Interruption(() -> {});
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
    Cli.Result broken;
    try {
      broken = compare(interruption, options + " --checkpoint-every 5");
    } finally {
      ended.set(true);
      interruption.finished();
      signal.join();
    }
    assertThat(broken.exitCode()).as(broken.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(broken.err()).contains("Interrupted; the best model so far is in " + model());
    Files.delete(model());
    Cli.Result resumed = compare(options + " --resume " + checkpoint);
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(Files.readAllBytes(model())).isEqualTo(Files.readAllBytes(whole));
    assertThat(checkpoint).doesNotExist();
  }

  /**
   * Runs a command that is asked to end as soon as it says something.
   *
   * @param out where it prints its result
   */
  private static Cli.Result endedAt(String said, OutputStream out, Object... command) {
    Interruption interruption = new Interruption(() -> {});
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Thread signal = new Thread(interruption::onShutdown);
    PrintStream watched =
        new PrintStream(err, true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            super.println(line);
            if (line.startsWith(said) && !interruption.isRequested()) {
              signal.start();
              while (!interruption.isRequested()) {
                Thread.onSpinWait();
              }
            }
          }
        };
    Terminal terminal =
        Terminal.plain(
            new PrintStream(new StandardOutput(out), true, StandardCharsets.UTF_8), watched);
    String[] words = Stream.of(command).map(Object::toString).toArray(String[]::new);
    int exitCode = Main.run(terminal, interruption, words);
    interruption.finished();
    return new Cli.Result(exitCode, "", err.toString(StandardCharsets.UTF_8));
  }

  /** As where a file that is mapped was cut after the comparison. */
  @Test
  void whateverFailsAfterTheComparisonLeavesItsBestNetwork() throws IOException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream failing =
        new PrintStream(err, true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            if (line.startsWith("Training ")) {
              throw new InternalError("a fault occurred in an unsafe memory access operation");
            }
            super.println(line);
          }
        };
    Terminal terminal =
        Terminal.plain(
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            failing);
    String[] words =
        Stream.of(command(SMALL + " --folds 3")).map(Object::toString).toArray(String[]::new);
    assertThat(Main.run(terminal, new Interruption(() -> {}), words)).isEqualTo(ExitCode.DATA);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("error: training ended in epoch ")
        .contains(
            ": a file of the data became shorter while it was read; by then 18 of 18 networks had"
                + " ended, and the best model so far is in "
                + model()
                + ".");
    assertThat(Model.load(model()).provenance()).containsEntry("folds", "3");
  }

  @Test
  void thatTrainingAgainWasBrokenOffIsSaidOnThePage() {
    Path page = folder.resolve("page.html");
    Cli.Result broken =
        endedAt(
            "Training ",
            OutputStream.nullOutputStream(),
            command(SMALL + " --folds 3 --report " + page));
    assertThat(broken.exitCode()).as(broken.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(broken.err()).contains("Report of the best so far written to " + page);
    assertThat(page)
        .content()
        .contains("training the best candidate again on all rows was broken off", "</html>");
  }

  /** {@code shallownet compare … | head -1}, and Ctrl-C. */
  @Test
  void howItEndedIsSaidAlsoWhereNobodyReadsTheResult() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    Cli.Result broken = endedAt("Training ", gone, command(SMALL + " --folds 3"));
    assertThat(broken.exitCode()).as(broken.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(broken.err()).contains("Interrupted; the best model so far is in " + model());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--folds 1 | --folds must be at least 2, not 1",
        "--folds 0.5 | --folds must be a whole number such as 100, not '0.5'",
        "--folds 4 --seeds 700 | these are 50400 networks; at most 10000 can be compared",
      })
  void mistakesAreFoundBeforeAnythingIsRead(String options, String message) {
    Cli.Result result = compare(options);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(message).doesNotContain("Task:");
  }

  /** What no option says is searched; without folds, and what is said, is not. */
  @Test
  void withFoldsMoreIsSearched() throws Exception {
    JsonObject object = json("--folds 2 --epochs 3");
    assertThat(object.getArray("ranking")).hasSize(36);
    assertThat(object.getInt("networks")).isEqualTo(72);
    Set<String> seen = new TreeSet<>();
    for (Object each : object.getArray("ranking")) {
      JsonObject candidate = (JsonObject) each;
      seen.add(
          candidate.getString("activation")
              + candidate.getArray("hidden")
              + candidate.getDouble("learning_rate")
              + " "
              + candidate.getDouble("l2"));
    }
    assertThat(seen)
        .hasSize(36)
        .contains("tanh[4]0.003 0.0", "relu[64]0.03 9.375E-5", "tanh[16]0.009 9.375E-5");
    Cli.Result table = compare("--folds 2 --epochs 3 --activations relu --hidden 3");
    assertThat(table.lines().get(0)).containsSubsequence("rate", "L2", "fold cost");
    assertThat(table.lines().subList(1, 7))
        .allMatch(line -> line.matches("[1-6]  relu +3 +0\\.0(03|09|3) +(none|9\\.375e-05) .*"));
    assertThat(table.out())
        .containsPattern("Best: relu 3, rate 0\\.0\\d+, L2 (0|9\\.375e-05), seed 0");
    assertThat(json("--epochs 3 --seeds 1").getArray("ranking")).hasSize(5);
    assertThat(
            json("--folds 2 --epochs 3 --l2 0 --learning-rates 0.01 --activations tanh --hidden 3")
                .getArray("ranking"))
        .hasSize(1);
  }

  @Test
  void moreFoldsThanRowsAreRefused() {
    Cli.Result result = compare("--folds 401 --seeds 1 --activations tanh");
    assertThat(result.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(result.err()).contains("400 rows can't be dealt out to 401 folds");
  }
}
