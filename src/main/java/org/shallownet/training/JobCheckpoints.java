package org.shallownet.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.DataException;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import org.shallownet.training.checkpoint.Checkpointing;

/** What a {@link TrainingJob} has to do with checkpoints: the one it goes on from, and its own. */
final class JobCheckpoints {
  /** Settings that decide what comes out of a training, by what people call them. */
  private static final Map<String, String> DECISIVE = new LinkedHashMap<>();

  static {
    DECISIVE.put("network", "the network");
    DECISIVE.put("rows", "the number of training rows");
    DECISIVE.put("dev_rows", "the number of dev rows");
    DECISIVE.put("total_weight", "the sum of the weights");
    DECISIVE.put("samples", "which rows it sees");
    DECISIVE.put("optimizer", "the optimizer");
    DECISIVE.put("batch_size", "the batch size");
    DECISIVE.put("epochs", "the number of epochs");
    DECISIVE.put("l2", "L2");
    DECISIVE.put("front_scale_rate", "the front scale's rate");
    DECISIVE.put("schedule", "the schedule");
    DECISIVE.put("warmup", "the warm-up");
    DECISIVE.put("clip_norm", "the norm to clip gradients to");
    DECISIVE.put("l1", "L1");
    DECISIVE.put("dropout", "dropout");
    DECISIVE.put("loss", "the loss");
    DECISIVE.put("patience", "the patience");
    DECISIVE.put("seed", "the seed");
    DECISIVE.put("standardize", "whether to standardise");
    DECISIVE.put("initializer", "the kind of first weights");
    DECISIVE.put("first_weights", "the fingerprint of the given model's weights");
    DECISIVE.put("precision", "the precision");
  }

  /** Those that older checkpoints lack; such a one is gone on from whatever they are now. */
  private static final Set<String> LATER = Set.of("first_weights", "precision");

  private final Checkpointing wanted;
  private final List<NetworkSpec> specs;
  private final Supplier<CheckpointFile.Content> content;
  private final Consumer<String> warn;
  private List<NetworkState> begun;

  /** Whether what is gone on from was written on this device. */
  private boolean sameDevice;

  private CheckpointFile.@Nullable Content known;
  private final Map<String, String> notes = new LinkedHashMap<>();

  /** Of engines, as they were told: once, however many networks they are of. */
  private final Set<String> changes = new HashSet<>();

  /**
   * Checkpoints of a job.
   *
   * @param specs the networks' shapes
   * @param content what is trained; asked for only if it is needed, since it reads all samples
   */
  JobCheckpoints(
      Checkpointing wanted,
      List<NetworkSpec> specs,
      Supplier<CheckpointFile.Content> content,
      Consumer<String> warn) {
    this.wanted = wanted;
    this.specs = List.copyOf(specs);
    this.content = content;
    this.warn = warn;
    List<NetworkState> waiting = new ArrayList<>();
    specs.forEach(spec -> waiting.add(new NetworkState.Waiting()));
    begun = waiting;
  }

  private CheckpointFile.Content content() {
    CheckpointFile.Content found = known;
    if (found == null) {
      found = content.get();
      known = found;
    }
    return found;
  }

  /**
   * How far the networks are when the job begins.
   *
   * @throws DataException if the checkpoint is damaged or of another training
   * @throws UncheckedIOException if it can't be read
   */
  List<NetworkState> begin() {
    Path file = wanted.resume();
    if (file != null) {
      try (CheckpointFile.Opened opened = CheckpointFile.open(file)) {
        requireSame(file, opened.content());
        warnOfOthers(file, opened);
        sameDevice = isSame("device", opened);
        List<NetworkState> states = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
          states.add(opened.network(i, specs.get(i)));
        }
        begun = states;
        notes.putAll(opened.notes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return begun;
  }

  private void requireSame(Path file, CheckpointFile.Content was) {
    CheckpointFile.Content is = content();
    if (was.settings().size() != is.settings().size()) {
      throw refused(
          file,
          "it holds "
              + was.settings().size()
              + " networks, and "
              + is.settings().size()
              + " are to be trained now");
    }
    for (int i = 0; i < is.settings().size(); i++) {
      for (Map.Entry<String, String> setting : DECISIVE.entrySet()) {
        String then = was.settings().get(i).get(setting.getKey());
        String now = is.settings().get(i).get(setting.getKey());
        boolean unknown = then == null && LATER.contains(setting.getKey());
        if (!unknown && !Objects.equals(then, now)) {
          throw refused(
              file, setting.getValue() + " was " + orNone(then) + " and is " + orNone(now));
        }
      }
    }
    if (!was.samples().equals(is.samples())) {
      throw refused(file, "the training rows were others");
    }
    if (!was.dev().equals(is.dev())) {
      throw refused(file, "the dev rows were others");
    }
  }

  private static String orNone(@Nullable String value) {
    return value == null ? "none" : value;
  }

  private static DataException refused(Path file, String why) {
    return new DataException(
        file
            + " is of another training: "
            + why
            + "; give the data and the options that it was begun with, or train anew without"
            + " --resume");
  }

  private void warnOfOthers(Path file, CheckpointFile.Opened opened) {
    for (String name : List.of("shallownet", "device")) {
      if (!isSame(name, opened)) {
        String then = orNone(opened.content().settings().get(0).get(name));
        String now = orNone(content().settings().get(0).get(name));
        warn.accept(other(file + " was written by " + then + ", and this is " + now));
      }
    }
  }

  private boolean isSame(String name, CheckpointFile.Opened opened) {
    String then = opened.content().settings().get(0).get(name);
    return Objects.equals(then, content().settings().get(0).get(name));
  }

  private static String other(String what) {
    return what + ": the result may differ in its last digits from that of an unbroken training";
  }

  /** The engine that a network goes on with; empty for a new one, or one of another device. */
  String engineOf(NetworkState state) {
    return sameDevice && state instanceof NetworkState.Training training ? training.name() : "";
  }

  /** Warns if a network that goes on has another engine than before. */
  void compareEngines(NetworkState state, String engine) {
    if (state instanceof NetworkState.Training training && !training.name().equals(engine)) {
      String change = training.name() + " and goes on with " + engine;
      if (changes.add(change)) {
        warn.accept(other("the training began with the engine " + change));
      }
    }
  }

  /**
   * What writes the job's own checkpoint.
   *
   * @param outcomes of the networks so far
   */
  TrainingRun.Keeper keeper(Outcomes outcomes) {
    Path file = wanted.file();
    CheckpointSchedule schedule = wanted.schedule();
    if (file == null || schedule == null) {
      return TrainingRun.Keeper.NONE;
    }
    notes.putAll(wanted.notes());
    return new CheckpointKeeper(
        file,
        schedule,
        isResumed(file),
        (destination, run) ->
            CheckpointFile.write(
                destination, content(), notes, number -> state(number, outcomes, run)),
        warn);
  }

  private boolean isResumed(Path file) {
    try {
      return Checkpointing.isSame(wanted.resume(), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How far a network is now. */
  private NetworkState state(int number, Outcomes outcomes, TrainingRun run) {
    Outcomes.Outcome outcome = outcomes.get(number);
    if (outcome != null) {
      return over(number, outcome.result(), outcome.failure());
    }
    for (ModelRun model : run.models()) {
      if (model.number() == number) {
        return model.isOver() ? over(number, model.result(), model.failure()) : run.state(model);
      }
    }
    return begun.get(number);
  }

  private NetworkState over(int number, TrainingResult result, @Nullable RuntimeException failure) {
    if (result.ending() == TrainingResult.Ending.FAILED) {
      // It is to be tried again from where it began, maybe with more memory.
      return begun.get(number);
    }
    NetworkState.Divergence divergence =
        failure instanceof DivergedException diverged
            ? new NetworkState.Divergence(String.valueOf(diverged.getMessage()), diverged.epoch())
            : null;
    return new NetworkState.Over(
        result.model().weights(),
        result.history(),
        result.epochs(),
        result.bestEpoch(),
        result.ending(),
        result.engine(),
        result.seconds(),
        result.samplesPerSecond(),
        divergence);
  }
}
