package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shallownet.model.Model;

/** The options that refine an optimizer's steps. */
class StepOptionsTest {
  @TempDir private Path folder;

  private Cli.Result run(String command, String options, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of(command, Cli.PLANAR, "--target", "label"));
    arguments.addAll(List.of("--out", folder.resolve("model.onnx"), "--epochs", 6));
    if (!options.isEmpty()) {
      arguments.addAll(List.of(options.split(" ", -1)));
    }
    arguments.addAll(List.of(more));
    return Cli.run(arguments.toArray());
  }

  private Map<String, String> provenance(String command, String options, Object... more)
      throws Exception {
    Cli.Result result = run(command, options, more);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return Model.load(folder.resolve("model.onnx")).provenance();
  }

  @Test
  void theModelSaysWhichStepsWereTaken() throws Exception {
    assertThat(provenance("train", "")).doesNotContainKeys("schedule", "warmup", "clip_norm", "l1");
    assertThat(provenance("train", "--schedule cosine --warmup 1.5 --beta1 0.8 --beta2 0.99"))
        .containsEntry("schedule", "cosine over 6 epochs")
        .containsEntry("warmup", "1.5")
        .containsEntry(
            "optimizer", "Adam[learningRate=0.003, beta1=0.8, beta2=0.99, epsilon=1.0E-8]");
    assertThat(provenance("train", "--clip-norm 0.5 --l1 1e-4"))
        .containsEntry("clip_norm", "0.5")
        .containsEntry("l1", "1.0E-4");
    assertThat(provenance("train", "--dropout 0.25 --label-smoothing 0.1"))
        .containsEntry("dropout", "0.25")
        .containsEntry("loss", "smoothed:0.1");
    assertThat(provenance("train", "--optimizer momentum --nesterov --momentum 0.5"))
        .containsEntry("optimizer", "Nesterov[learningRate=0.03, momentum=0.5]");
    assertThat(provenance("train", "--schedule step:2 --optimizer momentum --momentum 0.5"))
        .containsEntry("schedule", "times 0.1 every 2 epochs")
        .containsEntry("optimizer", "Momentum[learningRate=0.03, momentum=0.5]");
    assertThat(provenance("compare", "--schedule plateau:1:0.5 --hidden 4", "--seeds", 1))
        .containsEntry("schedule", "times 0.5 after 1 epochs without a lower dev cost");
  }

  @Test
  void theSettingsAreSaid() {
    assertThat(run("train", "--clip-norm 0.5 --schedule step:2:0.5").err())
        .contains(", seed 0, schedule times 0.5 every 2 epochs, clip norm 0.5");
  }

  private Cli.Result onNumbers(String command, String... options) {
    String[] lines = new String[121];
    lines[0] = "x,y";
    for (int i = 1; i < lines.length; i++) {
      // One number of ten is far off.
      lines[i] = i + "," + (i % 10 == 0 ? 1000 : i + i * 37 % 101);
    }
    Path table = Cli.write(folder.resolve("numbers.csv"), lines);
    List<Object> arguments = new ArrayList<>(List.of(command, table, "--target", "y"));
    arguments.addAll(List.of("--out", folder.resolve("numbers.onnx"), "--epochs", 200));
    arguments.addAll(List.of(options));
    return Cli.run(arguments.toArray());
  }

  /** Where the answers lie among the targets shows which loss it was. */
  @Test
  void lossesForNumbers() throws Exception {
    Map<String, Double> below = new HashMap<>();
    for (String loss : List.of("squared", "huber:0.1", "quantile:0.1", "quantile:0.85")) {
      Cli.Result result = onNumbers("train", "--loss", loss, "--dev-fraction", "0");
      assertThat(result.exitCode()).as(result.err()).isZero();
      Model model = Model.load(folder.resolve("numbers.onnx"));
      if (loss.equals("squared")) {
        assertThat(model.provenance()).doesNotContainKey("loss");
      } else {
        assertThat(model.provenance().get("loss")).startsWith(loss);
      }
      below.put(loss, partBelow());
    }
    // The mean lies above nine of ten.
    assertThat(below.get("squared")).isGreaterThan(0.7);
    assertThat(below.get("huber:0.1")).isBetween(0.25, 0.75);
    assertThat(below.get("quantile:0.1")).isBetween(0.02, 0.25);
    assertThat(below.get("quantile:0.85")).isBetween(0.7, 0.95);
  }

  /** Which part of the targets is below the answers. */
  private double partBelow() {
    Path predicted = folder.resolve("predicted.csv");
    Cli.Result result =
        Cli.run(
            "predict",
            folder.resolve("numbers.onnx"),
            folder.resolve("numbers.csv"),
            "--out",
            predicted);
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> rows = Cli.read(predicted);
    List<String> table = Cli.read(folder.resolve("numbers.csv"));
    int last = rows.get(0).split(",", -1).length - 1;
    int below = 0;
    for (int i = 1; i < rows.size(); i++) {
      double answer = Double.parseDouble(rows.get(i).split(",", -1)[last]);
      below += Double.parseDouble(table.get(i).split(",", -1)[1]) < answer ? 1 : 0;
    }
    return below / (rows.size() - 1.0);
  }

  @Test
  void smoothingIsForClasses() {
    Cli.Result result = onNumbers("compare", "--label-smoothing", "0.1");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err())
        .contains("--label-smoothing is for classes, not for targets that are numbers");
    assertThat(folder.resolve("numbers.onnx")).doesNotExist();
  }

  @Test
  void anyOfThemDescribesOneNetwork() {
    Cli.Result result = run("train", "--effort normal --schedule cosine");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    // --epochs is the first.
    assertThat(
            Cli.run("train", Cli.PLANAR, "--target", "label", "--effort", "high", "--warmup", 1)
                .err())
        .contains("--warmup describes one network, but --effort high trains an ensemble");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--momentum 0.5 | --momentum goes with --optimizer momentum, not with --optimizer adam",
        "--nesterov | --nesterov goes with --optimizer momentum, not with --optimizer adam",
        "--nesterov --optimizer gd | --nesterov goes with --optimizer momentum, not with"
            + " --optimizer gd",
        "--beta1 0.5 --optimizer gd | --beta1 goes with --optimizer adam, not with --optimizer gd",
        "--beta2 0.5 --optimizer momentum | --beta2 goes with --optimizer adam, not with"
            + " --optimizer momentum",
        "--beta1 1 | beta1 must be at least 0 and below 1 in float32, not 1.0",
        "--optimizer momentum --nesterov --momentum 0 | Nesterov's momentum must be above 0",
        "--schedule linear | --schedule must be constant, cosine, step:N, step:N:F, plateau,"
            + " plateau:N or plateau:N:F, not 'linear'",
        "--schedule step | not 'step'",
        "--schedule step:2:0.1:3 | not 'step:2:0.1:3'",
        "--schedule cosine:3 | not 'cosine:3'",
        "--schedule step:x | not 'step:x'",
        "--schedule step:0 | --schedule step:0: a step is at least 1 epoch long, not 0",
        "--schedule step:2:2 | --schedule step:2:2: the rate must be multiplied by a number"
            + " between 0 and 1, not 2.0",
        "--schedule plateau --patience 10 | --schedule plateau waits for 10 epochs, but training"
            + " ends after --patience 10; give a smaller plateau or more patience",
        "--schedule plateau --dev-fraction 0 | --schedule plateau needs a dev set: leave it or"
            + " --dev-fraction 0 out",
        "--clip-norm 0 | --clip-norm must be positive; leave it out for gradients as they are",
        "--clip-norm -2 | the norm to clip gradients to must be 0 or a positive number, not -2.0",
        "--l1 -1 | the strength of L1 must be 0 or a positive number that fits float32, not -1.0",
        "--dropout 1 | dropout must be at least 0 and below 1, not 1.0",
        "--dropout 0.5 --hidden none | --dropout needs a hidden layer, but --hidden none has none",
        "--label-smoothing 1 | labels are smoothed by a number between 0 and 1, not 1.0",
        "--label-smoothing 0.1 --loss huber:1 | --label-smoothing is for classes and --loss for"
            + " numbers; leave one out",
        "--loss huber:1 | --loss huber:1 is for targets that are numbers, not for classes",
        "--loss huber | --loss must be squared, poisson, huber:D or quantile:Q such as huber:1.35"
            + " or quantile:0.9, not 'huber'",
        "--loss poisson | --loss poisson is for targets that are numbers, not for classes",
        "--loss poisson:2 | not 'poisson:2'",
        "--loss poisson --label-smoothing 0.1 | --label-smoothing is for classes and --loss for"
            + " numbers; leave one out",
        "--loss huber:x | not 'huber:x'",
        "--loss :1 | not ':1'",
        "--loss huber:0 | --loss huber:0: the delta of a Huber loss must be a positive number, not"
            + " 0.0",
        "--loss quantile:1 | --loss quantile:1: a quantile is a number between 0 and 1, not 1.0",
        "--warmup -1 | the warm-up must be 0 or a positive number of epochs, not -1.0",
        "--warmup 6 --schedule cosine | a warm-up of 6.0 epochs leaves nothing of the 6 of the"
            + " cosine schedule",
      })
  void whatContradictsIsRefused(String options, String message) {
    Cli.Result result = run("train", options);
    assertThat(result.exitCode()).as(options).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains(message);
    assertThat(folder).isEmptyDirectory();
  }
}
