package org.shallownet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.model.Model;

/** Commands that are broken off, what they leave, and going on from there. */
class CheckpointCommandsTest {
  private static final String COMPARE =
      "--epochs 60 --hidden 3,7 --activations tanh,relu --seeds 2 --batch-size 40";

  private static final String TRAIN = "--epochs 400 --batch-size 40 --patience 1000";

  @TempDir private Path folder;

  private Path model() {
    return folder.resolve("m.onnx");
  }

  private Path checkpoint() {
    return folder.resolve("m.checkpoint");
  }

  private Cli.Result run(Interruption interruption, String command, String options) {
    List<Object> words = new ArrayList<>(List.of(command, Cli.PLANAR, "--target", "label"));
    if (!options.contains("--out")) {
      words.addAll(List.of("--out", model()));
    }
    words.addAll(Arrays.asList(options.split(" ", -1)));
    return Cli.run(interruption, words.toArray());
  }

  private Cli.Result run(String command, String options) {
    return run(new Interruption(() -> {}), command, options);
  }

  /** Runs a command that is asked to end as soon as its checkpoint is there. */
  private Cli.Result broken(String command, String options) throws InterruptedException {
    Interruption interruption = new Interruption(() -> {});
    AtomicBoolean ended = new AtomicBoolean();
    Thread signal =
        new Thread(
            () -> {
              while (!ended.get() && !Files.exists(checkpoint())) {
                Thread.onSpinWait();
              }
              interruption.onShutdown();
            });
    signal.start();
    try {
      return run(interruption, command, options);
    } finally {
      ended.set(true);
      interruption.finished();
      signal.join();
    }
  }

  private byte[] whole(String command, String options) throws IOException {
    Path whole = folder.resolve("whole.onnx");
    Cli.Result result = run(command, options + " --out " + whole + " --checkpoint none");
    assertThat(result.exitCode()).as(result.err()).isZero();
    return Files.readAllBytes(whole);
  }

  /** What it says to go on with, as a shell would take it. */
  private static List<Object> pasted(Cli.Result result) {
    Matcher line = Pattern.compile("Go on with: shallownet (.*)").matcher(result.err());
    assertThat(line.find()).as(result.err()).isTrue();
    return List.of((Object[]) line.group(1).split(" ", -1));
  }

  /** Of one network, of an ensemble, of a comparison. */
  @ParameterizedTest
  @ValueSource(strings = {"train " + TRAIN, "train --seed 2", "compare " + COMPARE})
  void whatWasBrokenOffHasAPageThatSaysSo(String line) throws Exception {
    String command = line.substring(0, line.indexOf(' '));
    String options = line.substring(line.indexOf(' ') + 1);
    Path page = folder.resolve("page.html");
    Cli.Result broken = broken(command, options + " --checkpoint-every 1 --report " + page);
    assertThat(broken.exitCode()).as(broken.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(broken.err())
        .contains("Interrupted; ", "Report of the best so far written to " + page);
    assertThat(page).content().contains(" was broken off", "</html>");
    Cli.Result resumed = Cli.run(pasted(broken).toArray());
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(page).content().contains("</html>").doesNotContain(" was broken off");
  }

  @Test
  void whatGoesOnStaysOneTrainingInTensorBoard() throws Exception {
    Path events = folder.resolve("events");
    Cli.Result broken = broken("train", TRAIN + " --checkpoint-every 1 --tensorboard " + events);
    // A newer training is not the one that goes on; its name is that of a later time.
    Path newer = Files.createDirectories(events.resolve("99990101-000000").resolve("network"));
    assertThat(Cli.run(pasted(broken).toArray()).exitCode()).isZero();
    try (Stream<Path> trainings = Files.list(events)) {
      List<Path> each = trainings.sorted().toList();
      assertThat(each).hasSize(2);
      try (Stream<Path> files = Files.list(each.get(0).resolve("network"))) {
        assertThat(files).hasSize(2);
      }
      assertThat(newer).isEmptyDirectory();
    }
    run("train", "--hidden 4 --epochs 1 --tensorboard " + events);
    try (Stream<Path> trainings = Files.list(events)) {
      assertThat(trainings).hasSize(3);
    }
  }

  /** One network with and without a dev set, an ensemble, a comparison. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "train " + TRAIN,
        "train --epochs 400 --batch-size 40 --dev-fraction 0",
        "train --seed 2",
        "compare " + COMPARE
      })
  void whatWasBrokenOffGoesOnToTheSameFile(String line) throws Exception {
    String command = line.substring(0, line.indexOf(' '));
    String options = line.substring(line.indexOf(' ') + 1);
    // The first ensemble loads OpenBLAS, of which the device's name in the file tells only then.
    whole(command, options);
    byte[] whole = whole(command, options);
    Cli.Result broken = broken(command, options + " --checkpoint-every 1");
    assertThat(broken.exitCode()).as(broken.err()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(checkpoint()).isRegularFile();
    assertThat(model()).isRegularFile();
    Cli.Result resumed = Cli.run(pasted(broken).toArray());
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.out())
        .endsWith(
            "Model saved to "
                + model()
                + "; its checkpoint "
                + checkpoint()
                + " is removed"
                + System.lineSeparator());
    assertThat(Files.readAllBytes(model())).isEqualTo(whole);
    assertThat(checkpoint()).doesNotExist();
  }

  @Test
  void theHistoryGoesOnWhereItWasBrokenOff() throws Exception {
    Path history = folder.resolve("h.csv");
    Cli.Result broken = broken("train", TRAIN + " --checkpoint-every 1 --history " + history);
    assertThat(broken.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    // As if the process had been killed in the middle of a row, behind the checkpoint.
    Files.writeString(history, Files.readString(history) + "399,0.1,0.2,3,0.5,0.5\n400,0.");
    assertThat(Cli.run(pasted(broken).toArray()).exitCode()).isZero();
    requireEpochs(history);
    // Nor is it needed: the checkpoint knows the rows.
    Files.delete(model());
    broken = broken("train", TRAIN + " --checkpoint-every 1");
    List<Object> words = new ArrayList<>(pasted(broken));
    Files.delete(history);
    words.addAll(List.of("--history", history));
    assertThat(Cli.run(words.toArray()).exitCode()).isZero();
    requireEpochs(history);
  }

  /** All rows of all networks, those of networks that were over among them. */
  @Test
  void theHistoryOfAnEnsembleGoesOnToo() throws Exception {
    Path expected = folder.resolve("whole.csv");
    whole("train", "--seed 2 --history " + expected);
    Path history = folder.resolve("h.csv");
    Cli.Result broken = broken("train", "--seed 2 --checkpoint-every 60 --history " + history);
    assertThat(broken.exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    // As if the process had been killed before its last rows were written, and within one.
    List<String> rows = Cli.read(history);
    Files.writeString(history, String.join("\n", rows.subList(0, rows.size() - 30)) + "\ntanh,2");
    assertThat(Cli.run(pasted(broken).toArray()).exitCode()).isZero();
    assertThat(untimed(history)).isEqualTo(untimed(expected));
  }

  /** The rows of a history without the column of seconds, sorted. */
  private static List<String> untimed(Path history) {
    return Cli.read(history).stream()
        .map(row -> row.replaceFirst("^((?:[^,]*,){5})[^,]*", "$1"))
        .sorted()
        .toList();
  }

  private static void requireEpochs(Path history) {
    List<String> rows = Cli.read(history);
    assertThat(rows).hasSize(401);
    for (int epoch = 1; epoch <= 400; epoch++) {
      assertThat(rows.get(epoch)).startsWith(epoch + ",");
      assertThat(rows.get(epoch).split(",", -1)).hasSize(6);
    }
  }

  @Test
  void aModelThatIsThereStaysWhenItsSuccessorIsBrokenOff() throws Exception {
    byte[] whole = whole("train", "--epochs 20 --batch-size 40");
    Files.write(model(), whole);
    Cli.Result broken = broken("train", TRAIN + " --checkpoint-every 1");
    Path unfinished = folder.resolve("m.unfinished.onnx");
    assertThat(broken.err())
        .contains("is in " + unfinished + " (" + model() + " is from before and stays).");
    assertThat(Files.readAllBytes(model())).isEqualTo(whole);
    byte[] first = Files.readAllBytes(unfinished);
    Files.delete(checkpoint());
    broken = broken("train", TRAIN + " --checkpoint-every 1");
    assertThat(broken.err()).contains("is in " + folder.resolve("m.unfinished-2.onnx"));
    assertThat(Files.readAllBytes(unfinished)).isEqualTo(first);
    assertThat(Cli.run("evaluate", unfinished, Cli.PLANAR).exitCode()).isZero();
    // Once it has come to its end it takes its place.
    assertThat(Cli.run(pasted(broken).toArray()).exitCode()).isZero();
    assertThat(Files.readAllBytes(model())).isNotEqualTo(whole);
  }

  @Test
  void aNewTrainingTellsOfACheckpointAndKeepsIt() throws Exception {
    broken("train", TRAIN + " --checkpoint-every 1");
    byte[] left = Files.readAllBytes(checkpoint());
    Cli.Result next = run("train", "--epochs 9 --checkpoint-every 5");
    assertThat(next.exitCode()).isZero();
    assertThat(next.err())
        .contains(checkpoint() + " is of a training that was broken off")
        .contains("To go on with that one: shallownet train ")
        .contains(" --resume " + checkpoint())
        .contains("it is now " + folder.resolve("m.previous.checkpoint"));
    assertThat(checkpoint()).doesNotExist();
    assertThat(Files.readAllBytes(folder.resolve("m.previous.checkpoint"))).isEqualTo(left);
    // One that needs none leaves it where it is.
    Files.write(checkpoint(), left);
    assertThat(run("train", "--epochs 9").exitCode()).isZero();
    assertThat(Files.readAllBytes(checkpoint())).isEqualTo(left);
  }

  @Test
  void otherSettingsAndDamageAreOneSentence() throws Exception {
    broken("train", TRAIN + " --checkpoint-every 1");
    Cli.Result other = run("train", TRAIN + " --seed 3 --resume " + checkpoint());
    assertThat(other.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(other.err())
        .contains(checkpoint() + " is of another training: ")
        .doesNotContain("\tat ");
    byte[] bytes = Files.readAllBytes(checkpoint());
    bytes[bytes.length / 2] ^= 1;
    Files.write(checkpoint(), bytes);
    Cli.Result damaged = run("train", TRAIN + " --resume " + checkpoint());
    assertThat(damaged.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(damaged.err()).contains("its checksum does not match");
    Files.delete(checkpoint());
    Cli.Result missing = run("train", TRAIN + " --resume " + checkpoint());
    assertThat(missing.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    assertThat(missing.err()).contains(checkpoint() + " does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0s", "-1", "x", "5 m", "1.5", "99999999999", "10d", ""})
  void otherIntervalsAreRefused(String every) {
    Cli.Result result =
        Cli.run(
            "train",
            Cli.PLANAR,
            "--target",
            "label",
            "--out",
            model(),
            "--checkpoint-every",
            every);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--checkpoint-every must be a time such as 90s, 5m or 2h");
  }

  @Test
  void contradictionsAreRefused() {
    assertThat(run("train", "--checkpoint none --checkpoint-every 5s").err())
        .contains("--checkpoint-every can't be used with --checkpoint none");
    assertThat(run("compare", "--checkpoint " + model()).err())
        .contains("--checkpoint must be another file than the model");
    Path history = folder.resolve("h.csv");
    Cli.Result result =
        run("train", "--checkpoint " + history + " --history " + history + " --epochs 1");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run("train", "--checkpoint " + Cli.PLANAR).exitCode())
        .isEqualTo(ExitCode.FILE_SYSTEM);
  }

  @Test
  void goingOnFromAModelSaysThatTheOptimizerBeginsAnew() {
    run("train", "--epochs 2");
    Cli.Result result = run("train", "--epochs 2 --from " + model());
    assertThat(result.err())
        .contains("Going on from the weights of " + model() + "; the optimizer begins anew");
  }

  @Test
  void aFullDiskEndsTheHistoryAndNotTheTraining() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    Cli.Result result = run("train", "--epochs 400 --patience 1000 --history " + full);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err())
        .containsOnlyOnce("can't write the history /dev/full: No space left on device")
        .contains("it ends here, training goes on");
    assertThat(model()).isRegularFile();
  }

  @Test
  void aModelThatCanNotBeSavedWhereItShouldGoesElsewhere() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    Cli.Result result = run("train", "--epochs 2 --out " + full);
    assertThat(result.exitCode()).isEqualTo(ExitCode.FILE_SYSTEM);
    Matcher place =
        Pattern.compile("can't write /dev/full: .*; the model is in (.*) instead: move it")
            .matcher(result.err());
    assertThat(place.find()).as(result.err()).isTrue();
    Path rescued = Path.of(place.group(1));
    try {
      assertThat(Model.load(rescued).featureNames()).containsExactly("x1", "x2");
    } finally {
      Files.deleteIfExists(rescued);
    }
  }
}
