package org.shallownet.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shallownet.backend.Backend;
import org.shallownet.backend.BackendOptions;
import org.shallownet.backend.Backends;
import org.shallownet.data.DataException;
import org.shallownet.data.Dataset;
import org.shallownet.data.SampleWeights;
import org.shallownet.data.Split;
import org.shallownet.model.Model;
import org.shallownet.network.Activation;
import org.shallownet.network.Loss;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.network.Weights;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.Comparison;
import org.shallownet.training.comparison.ComparisonResult;

/** A training that goes on from a checkpoint ends as if it had never been broken off. */
class ResumedTrainingTest {
  private static final Split PLANAR = Planar.data().split(0.2, 1);
  private static final NetworkSpec SPEC = Planar.data().network().withHidden(8, Activation.TANH);

  /** Batches of 33 of 320 rows: ten steps in an epoch, the last one of 23. */
  private static final TrainingSettings SETTINGS =
      TrainingSettings.defaults().withBatchSize(33).withEpochs(12).withL2(1e-3).withSeed(5);

  @TempDir private Path folder;
  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu");
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private Path file() {
    return folder.resolve("a.checkpoint");
  }

  private static void requireSame(TrainingResult resumed, TrainingResult whole) {
    assertThat(resumed.model().weights()).isEqualTo(whole.model().weights());
    assertThat(untimed(resumed)).isEqualTo(untimed(whole));
    assertThat(resumed.epochs()).isEqualTo(whole.epochs());
    assertThat(resumed.bestEpoch()).isEqualTo(whole.bestEpoch());
    assertThat(resumed.ending()).isEqualTo(whole.ending());
    assertThat(resumed.model()).isEqualTo(whole.model());
  }

  private static List<EpochReport> untimed(TrainingResult result) {
    return result.history().stream()
        .map(
            report ->
                new EpochReport(
                    report.epoch(),
                    report.trainCost(),
                    report.devCost(),
                    0,
                    report.trainScore(),
                    report.devScore(),
                    report.best()))
        .toList();
  }

  /**
   * Trains until the stop is asked for the n-th time, and then, from the checkpoint, to the end.
   */
  private TrainingResult inTwoParts(
      int asked, TrainingSettings settings, Dataset train, @Nullable Dataset dev) {
    AtomicInteger calls = new AtomicInteger();
    TrainingResult broken =
        new Trainer(backend, settings)
            .stopWhen(() -> calls.incrementAndGet() >= asked)
            .checkpoint(file(), CheckpointSchedule.everyEpochs(1000))
            .fit(SPEC, train, dev);
    assertThat(broken.ending()).isEqualTo(TrainingResult.Ending.INTERRUPTED);
    return new Trainer(backend, settings).resume(file()).fit(SPEC, train, dev);
  }

  /** Wherever it is broken off: between epochs and within them. */
  @Test
  void goesOnToTheSameBits() {
    for (Optimizer optimizer :
        List.of(
            Optimizer.Adam.of(0.03),
            new Optimizer.Momentum(0.05, 0.9),
            new Optimizer.GradientDescent(0.3))) {
      TrainingSettings settings = SETTINGS.withOptimizer(optimizer);
      TrainingResult whole = new Trainer(backend, settings).fit(SPEC, PLANAR.train(), PLANAR.dev());
      TrainingResult without = new Trainer(backend, settings).fit(SPEC, PLANAR.train(), null);
      for (int asked : new int[] {2, 3, 4, 7, 11}) {
        requireSame(inTwoParts(asked, settings, PLANAR.train(), PLANAR.dev()), whole);
        requireSame(inTwoParts(asked, settings, PLANAR.train(), null), without);
      }
    }
  }

  /** Of a plateau's rate, too, which depends on the costs before. */
  @Test
  void goesOnToTheSameBitsWithSchedules() {
    Refinements none = Refinements.NONE;
    List<Schedule> schedules =
        List.of(
            new Schedule.Cosine(SETTINGS.epochs()),
            new Schedule.Steps(2, 0.5),
            new Schedule.Plateau(1, 0.5));
    List<TrainingResult> results = new ArrayList<>();
    for (Schedule schedule : schedules) {
      TrainingSettings settings =
          SETTINGS
              .withOptimizer(new Optimizer.Nesterov(0.3, 0.9))
              .withRefinements(none.withSchedule(schedule).withWarmup(0.5));
      TrainingResult whole = new Trainer(backend, settings).fit(SPEC, PLANAR.train(), PLANAR.dev());
      for (int asked : new int[] {4, 7, 11}) {
        requireSame(inTwoParts(asked, settings, PLANAR.train(), PLANAR.dev()), whole);
      }
      results.add(whole);
    }
    // All of them have had a say.
    assertThat(results.stream().map(result -> result.model().weights()).distinct()).hasSize(3);
  }

  @Test
  void goesOnToTheSameBitsWithDropoutAndSmoothedLabels() {
    TrainingSettings settings =
        SETTINGS.withRefinements(
            Refinements.NONE
                .withDropout(0.3)
                .withLoss(new Loss.Smoothed(0.1))
                .withL1(1e-3)
                .withClipNorm(0.1));
    TrainingResult whole = new Trainer(backend, settings).fit(SPEC, PLANAR.train(), PLANAR.dev());
    for (int asked : new int[] {4, 7, 11}) {
      requireSame(inTwoParts(asked, settings, PLANAR.train(), PLANAR.dev()), whole);
    }
  }

  /** Whether they were there before, or are now. */
  @Test
  void otherRefinementsAreRefused() {
    Refinements none = Refinements.NONE;
    Map<String, Refinements> named =
        Map.of(
            "the schedule was none and is times 0.5 every 2 epochs",
            none.withSchedule(new Schedule.Steps(2, 0.5)),
            "the warm-up was none and is 2.0",
            none.withWarmup(2),
            "the norm to clip gradients to was none and is 0.5",
            none.withClipNorm(0.5),
            "L1 was none and is 0.25",
            none.withL1(0.25),
            "dropout was none and is 0.125",
            none.withDropout(0.125),
            "the loss was none and is smoothed:0.25",
            none.withLoss(new Loss.Smoothed(0.25)));
    named.forEach(
        (message, refinements) -> {
          TrainingSettings refined = SETTINGS.withRefinements(refinements);
          inTwoParts(4, SETTINGS, PLANAR.train(), PLANAR.dev());
          requireRefused(refined, message);
          inTwoParts(4, refined, PLANAR.train(), PLANAR.dev());
          String value = message.substring(message.indexOf(" and is ") + " and is ".length());
          requireRefused(SETTINGS, " was " + value + " and is none");
        });
  }

  private void requireRefused(TrainingSettings settings, String message) {
    assertThatThrownBy(
            () ->
                new Trainer(backend, settings)
                    .resume(file())
                    .fit(SPEC, PLANAR.train(), PLANAR.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(message);
  }

  @Test
  void goesOnToTheSameBitsWithWeightsAndInFullBatches() {
    float[] weights = new float[(int) PLANAR.train().rows()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % 4 == 0 ? 0 : 1 + i % 3;
    }
    Dataset weighted = PLANAR.train().withWeights(SampleWeights.of(weights));
    TrainingSettings full = SETTINGS.withBatchSize(TrainingSettings.FULL_BATCH);
    for (TrainingSettings settings : List.of(SETTINGS, full)) {
      TrainingResult whole = new Trainer(backend, settings).fit(SPEC, weighted, PLANAR.dev());
      requireSame(inTwoParts(4, settings, weighted, PLANAR.dev()), whole);
    }
  }

  /** Early stopping knows what it had seen. */
  @Test
  void endsEarlyWhereItWouldHave() {
    TrainingSettings settings =
        SETTINGS.withEpochs(500).withPatience(6).withOptimizer(Optimizer.Adam.of(0.1));
    TrainingResult whole = new Trainer(backend, settings).fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(whole.ending()).isEqualTo(TrainingResult.Ending.STOPPED_EARLY);
    AtomicInteger epochs = new AtomicInteger();
    new Trainer(backend, settings)
        .listen(report -> epochs.set(report.epoch()))
        .stopWhen(() -> epochs.get() == whole.bestEpoch() + 2)
        .checkpoint(file(), CheckpointSchedule.every(Duration.ofHours(1)))
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    requireSame(
        new Trainer(backend, settings).resume(file()).fit(SPEC, PLANAR.train(), PLANAR.dev()),
        whole);
  }

  /** What is lost with a process is what came after the last checkpoint; and many times over. */
  @Test
  void goesOnFromACheckpointThatWasWrittenOnTheWay() throws IOException {
    TrainingResult whole = new Trainer(backend, SETTINGS).fit(SPEC, PLANAR.train(), PLANAR.dev());
    List<Path> copies = new ArrayList<>();
    Trainer trainer =
        new Trainer(backend, SETTINGS)
            .checkpoint(file(), CheckpointSchedule.everyEpochs(3))
            .listen(
                report -> {
                  if (report.epoch() % 3 == 1 && report.epoch() > 1) {
                    copies.add(copy(report.epoch()));
                  }
                });
    requireSame(trainer.fit(SPEC, PLANAR.train(), PLANAR.dev()), whole);
    assertThat(copies).hasSize(3);
    for (Path copy : copies) {
      List<Integer> epochs = new ArrayList<>();
      TrainingResult resumed =
          new Trainer(backend, SETTINGS)
              .resume(copy)
              .listen(report -> epochs.add(report.epoch()))
              .fit(SPEC, PLANAR.train(), PLANAR.dev());
      requireSame(resumed, whole);
      int last = Integer.parseInt(String.valueOf(copy.getFileName()));
      assertThat(epochs).hasSize(12 - last + 1).startsWith(last);
    }
    // The last one was written when all but three epochs were over.
    requireSame(
        new Trainer(backend, SETTINGS).resume(file()).fit(SPEC, PLANAR.train(), PLANAR.dev()),
        whole);
  }

  private Path copy(int epoch) {
    try {
      return Files.copy(file(), folder.resolve(Integer.toString(epoch)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Of those that go on from it, too, whatever they note themselves. */
  @Test
  void notesStayWithACheckpoint() {
    AtomicInteger calls = new AtomicInteger();
    new Trainer(backend, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 3)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(1000))
        .note("a", "1")
        .note("b", "2")
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(CheckpointNotes.of(file())).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
    calls.set(0);
    Path next = folder.resolve("next.checkpoint");
    new Trainer(backend, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 3)
        .checkpoint(next, CheckpointSchedule.everyEpochs(1000))
        .resume(file())
        .note("b", "3")
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(CheckpointNotes.of(next)).containsOnly(Map.entry("a", "1"), Map.entry("b", "3"));
  }

  @Test
  void aCheckpointWithoutNotesHasNone() {
    inTwoParts(3, SETTINGS, PLANAR.train(), PLANAR.dev());
    assertThat(CheckpointNotes.of(file())).isEmpty();
  }

  @Test
  void secondsGoOn() {
    TrainingSettings settings = SETTINGS.withEpochs(2);
    AtomicInteger epochs = new AtomicInteger();
    TrainingResult broken =
        new Trainer(backend, settings)
            .listen(report -> epochs.set(report.epoch()))
            .stopWhen(() -> epochs.get() == 1)
            .checkpoint(file(), CheckpointSchedule.everyEpochs(9))
            .fit(SPEC, PLANAR.train(), PLANAR.dev());
    TrainingResult resumed =
        new Trainer(backend, settings).resume(file()).fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(resumed.history().get(0)).isEqualTo(broken.history().get(0));
    assertThat(resumed.seconds()).isGreaterThan(resumed.history().get(1).seconds());
    assertThat(resumed.history().get(1).seconds()).isGreaterThan(broken.history().get(0).seconds());
  }

  @Test
  void afterAModelToGoOnFrom() {
    TrainingResult first =
        new Trainer(backend, SETTINGS.withEpochs(2)).fit(SPEC, PLANAR.train(), PLANAR.dev());
    TrainingResult whole =
        new Trainer(backend, SETTINGS).fit(first.model(), PLANAR.train(), PLANAR.dev());
    AtomicInteger calls = new AtomicInteger();
    new Trainer(backend, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 5)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(1000))
        .fit(first.model(), PLANAR.train(), PLANAR.dev());
    requireSame(
        new Trainer(backend, SETTINGS)
            .resume(file())
            .fit(first.model(), PLANAR.train(), PLANAR.dev()),
        whole);
  }

  @Test
  void anotherGivenModelIsRefused() {
    Model given = givenModel(2);
    breakOff(given);
    assertThatThrownBy(
            () ->
                new Trainer(backend, SETTINGS)
                    .resume(file())
                    .fit(givenModel(3), PLANAR.train(), PLANAR.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageMatching(
            Pattern.quote(file() + " is of another training: ")
                + "the fingerprint of the given model's weights was (sha256:[0-9a-f]{64}) and is"
                + " (?!\\1)sha256:[0-9a-f]{64}; .* without --resume");
    requireRefused(SETTINGS, "the kind of first weights was a given model and is ");
  }

  @Test
  void anotherPrecisionIsRefused() {
    inTwoParts(4, SETTINGS, PLANAR.train(), PLANAR.dev());
    Backend other = withPrecision(BackendOptions.Precision.TF32);
    assertThatThrownBy(
            () ->
                new Trainer(other, SETTINGS).resume(file()).fit(SPEC, PLANAR.train(), PLANAR.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            file() + " is of another training: the precision was fp32 and is tf32; ");
    AtomicInteger calls = new AtomicInteger();
    new Trainer(other, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 4)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(1000))
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    requireRefused(SETTINGS, "the precision was tf32 and is fp32");
  }

  /** One that knows neither the precision nor the weights of the model that was given. */
  @Test
  void aCheckpointOfAnOlderVersionGoesOn() throws IOException {
    Model given = givenModel(2);
    TrainingResult whole = new Trainer(backend, SETTINGS).fit(given, PLANAR.train(), PLANAR.dev());
    breakOff(given);
    TrainingResult resumed =
        new Trainer(withPrecision(BackendOptions.Precision.BF16), SETTINGS)
            .resume(older())
            .fit(givenModel(3), PLANAR.train(), PLANAR.dev());
    assertThat(resumed.model().weights()).isEqualTo(whole.model().weights());
    assertThat(untimed(resumed)).isEqualTo(untimed(whole));
  }

  private Model givenModel(long seed) {
    return new Trainer(backend, SETTINGS.withEpochs(2).withSeed(seed))
        .fit(SPEC, PLANAR.train(), PLANAR.dev())
        .model();
  }

  /** Leaves the checkpoint of a training that begins with a model's weights. */
  private void breakOff(Model given) {
    AtomicInteger calls = new AtomicInteger();
    new Trainer(backend, SETTINGS)
        .stopWhen(() -> calls.incrementAndGet() >= 5)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(1000))
        .fit(given, PLANAR.train(), PLANAR.dev());
  }

  /** The backend, as if it multiplied otherwise. */
  private Backend withPrecision(BackendOptions.Precision precision) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) ->
                method.getName().equals("precision")
                    ? precision
                    : method.invoke(backend, arguments));
  }

  /** The checkpoint as older versions have written it. */
  private Path older() throws IOException {
    Path older = folder.resolve("older.checkpoint");
    try (CheckpointFile.Opened opened = CheckpointFile.open(file())) {
      CheckpointFile.Content content = opened.content();
      Map<String, String> settings = new LinkedHashMap<>(content.settings().get(0));
      assertThat(settings.remove("first_weights")).startsWith("sha256:");
      assertThat(settings.remove("precision")).isEqualTo("fp32");
      NetworkState state = opened.network(0, SPEC);
      CheckpointFile.write(
          older,
          new CheckpointFile.Content(List.of(settings), content.samples(), content.dev()),
          opened.notes(),
          number -> state);
    }
    return older;
  }

  @Test
  void whatIsOverStaysOver() {
    TrainingResult whole = new Trainer(backend, SETTINGS).fit(SPEC, PLANAR.train(), PLANAR.dev());
    AtomicInteger over = new AtomicInteger();
    List<Candidate> two =
        List.of(
            new Candidate(SPEC, SETTINGS.optimizer(), SETTINGS.l2()),
            new Candidate(
                SPEC.withHidden(3, Activation.RELU), new Optimizer.GradientDescent(1e30), 0));
    Comparison broken =
        new Comparison(backend, SETTINGS)
            .listen((progress, leader) -> over.set(Math.max(over.get(), progress.epochs())))
            .stopWhen(() -> over.get() >= 4)
            .checkpoint(file(), CheckpointSchedule.everyEpochs(1000));
    assertThat(broken.run(two, 1, PLANAR.train(), PLANAR.dev()).isInterrupted()).isTrue();
    ComparisonResult resumed =
        new Comparison(backend, SETTINGS).resume(file()).run(two, 1, PLANAR.train(), PLANAR.dev());
    requireSame(resumed.ranking().get(0).runs().get(0).result(), whole);
    assertThat(resumed.ranking().get(1).diverged()).isEqualTo(1);
    assertThat(resumed.isInterrupted()).isFalse();
  }

  @Test
  void otherDataAndSettingsAreRefusedByName() {
    inTwoParts(3, SETTINGS, PLANAR.train(), PLANAR.dev());
    requireRefused(SETTINGS.withEpochs(13), SPEC, PLANAR, "the number of epochs was 12 and is 13");
    requireRefused(SETTINGS.withSeed(6), SPEC, PLANAR, "the seed was 5 and is 6");
    requireRefused(
        SETTINGS.withOptimizer(Optimizer.Adam.of(0.5)), SPEC, PLANAR, "the optimizer was Adam[");
    requireRefused(
        SETTINGS,
        SPEC.withHidden(2, Activation.RELU),
        PLANAR,
        "the network was 2-8-1 tanh sigmoid and is 2-8-2-1 tanh, relu sigmoid");
    requireRefused(
        SETTINGS, SPEC, Planar.data().split(0.3, 1), "the number of training rows was 320");
    requireRefused(SETTINGS, SPEC, Planar.data().split(0.2, 2), "the training rows were others");
    assertThatThrownBy(
            () ->
                new Comparison(backend, SETTINGS)
                    .resume(file())
                    .run(
                        List.of(
                            new Candidate(SPEC, SETTINGS.optimizer(), 0),
                            new Candidate(SPEC, SETTINGS.optimizer(), 1)),
                        1,
                        PLANAR.train(),
                        PLANAR.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it holds 1 networks, and 2 are to be trained now");
  }

  private void requireRefused(TrainingSettings settings, NetworkSpec spec, Split data, String why) {
    assertThatThrownBy(
            () -> new Trainer(backend, settings).resume(file()).fit(spec, data.train(), data.dev()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file() + " is of another training: " + why)
        .hasMessageEndingWith("or train anew without --resume");
  }

  @Test
  void whereNoneCanBeWrittenTrainingGoesOn() {
    Path nowhere = folder.resolve("missing/a.checkpoint");
    List<String> warnings = new ArrayList<>();
    TrainingResult result =
        new Trainer(backend, SETTINGS)
            .checkpoint(nowhere, CheckpointSchedule.everyEpochs(1))
            .listen(warningsTo(warnings))
            .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(result.ending()).isEqualTo(TrainingResult.Ending.COMPLETED);
    assertThat(warnings)
        .containsExactly(
            "can't write "
                + nowhere
                + ": its folder does not exist; training goes on without a checkpoint");
  }

  private static TrainingListener warningsTo(List<String> warnings) {
    return new TrainingListener() {
      @Override
      public void onEpoch(EpochReport report) {}

      @Override
      public void onWarning(String warning) {
        warnings.add(warning);
      }
    };
  }

  @Test
  void theCheckpointOfAnotherTrainingIsKept() throws IOException {
    Files.writeString(file(), "something else");
    List<String> warnings = new ArrayList<>();
    new Trainer(backend, SETTINGS)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(5))
        .listen(warningsTo(warnings))
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(folder.resolve("a.previous.checkpoint")).hasContent("something else");
    assertThat(warnings)
        .containsExactly(
            file()
                + " was of another training; it is now "
                + folder.resolve("a.previous.checkpoint"));
    TrainingResult whole = new Trainer(backend, SETTINGS).fit(SPEC, PLANAR.train(), PLANAR.dev());
    requireSame(
        new Trainer(backend, SETTINGS)
            .resume(file())
            .checkpoint(file(), CheckpointSchedule.everyEpochs(1))
            .fit(SPEC, PLANAR.train(), PLANAR.dev()),
        whole);
    assertThat(folder.resolve("a.previous.checkpoint")).hasContent("something else");
  }

  /** Nor is one that has been kept before. */
  @Test
  void noCheckpointOfAnotherTrainingIsReplaced() throws IOException {
    Files.writeString(folder.resolve("a.previous.checkpoint"), "the first");
    Files.writeString(file(), "the second");
    List<String> warnings = new ArrayList<>();
    new Trainer(backend, SETTINGS)
        .checkpoint(file(), CheckpointSchedule.everyEpochs(5))
        .listen(warningsTo(warnings))
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    Path moved = folder.resolve("a.previous-2.checkpoint");
    assertThat(folder.resolve("a.previous.checkpoint")).hasContent("the first");
    assertThat(moved).hasContent("the second");
    assertThat(warnings).containsExactly(file() + " was of another training; it is now " + moved);
  }

  @Test
  void aShortTrainingHasNone() {
    AtomicInteger epochs = new AtomicInteger();
    new Trainer(backend, SETTINGS)
        .checkpoint(file(), CheckpointSchedule.onceItLasts(Duration.ofMinutes(1)))
        .listen(report -> epochs.incrementAndGet())
        .stopWhen(() -> epochs.get() == 2)
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(file()).doesNotExist();
    new Trainer(backend, SETTINGS)
        .checkpoint(file(), CheckpointSchedule.onceItLasts(Duration.ofNanos(1)))
        .fit(SPEC, PLANAR.train(), PLANAR.dev());
    assertThat(file()).isRegularFile();
  }

  /** After an epoch has ended, whatever fails; the exception says what and has the best model. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorAfterAnEpochKeepsTheBest(boolean judged) {
    Dataset dev = judged ? PLANAR.dev() : null;
    List<Weights> kept = new ArrayList<>();
    TrainingListener failing =
        report -> {
          if (report.epoch() == 4) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    TrainingFaultException fault =
        catchThrowableOfType(
            TrainingFaultException.class,
            () -> new Trainer(backend, SETTINGS).listen(failing).fit(SPEC, PLANAR.train(), dev));
    assertThat(fault)
        .hasMessage("training ended in epoch 4: Java has no more memory (Java heap space)");
    assertThat(fault.isOutOfMemory()).isTrue();
    TrainingResult shorter =
        new Trainer(backend, SETTINGS.withEpochs(judged ? 4 : 3)).fit(SPEC, PLANAR.train(), dev);
    kept.add(fault.best().orElseThrow().weights());
    assertThat(kept).containsExactly(shorter.model().weights());
  }

  @Test
  void anErrorBeforeAnyEpochIsThrownAsItIs() {
    IllegalStateException mine = new IllegalStateException("mine");
    TrainingListener failing =
        new TrainingListener() {
          @Override
          public void onStart(Start start) {
            throw mine;
          }

          @Override
          public void onEpoch(EpochReport report) {}
        };
    assertThatThrownBy(
            () ->
                new Trainer(backend, SETTINGS)
                    .listen(failing)
                    .fit(SPEC, PLANAR.train(), PLANAR.dev()))
        .isSameAs(mine);
    assertThatThrownBy(
            () ->
                new Trainer(backend, SETTINGS)
                    .listen(
                        report -> {
                          throw mine;
                        })
                    .fit(SPEC, PLANAR.train(), null))
        .isSameAs(mine);
  }
}
