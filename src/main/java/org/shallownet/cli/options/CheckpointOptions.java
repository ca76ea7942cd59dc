package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.output.OutputFiles;
import org.shallownet.data.TableSource;
import org.shallownet.training.Defaults;
import org.shallownet.training.checkpoint.CheckpointSchedule;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that let a training go on after it was broken off. */
public final class CheckpointOptions {
  private static final String NONE = "none";
  private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(s|m|h)");
  private static final Pattern EPOCHS = Pattern.compile("\\d{1,9}");

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE|none",
      description =
          "Where to keep what --resume needs, until the model is saved; none for nowhere (default:"
              + " MODEL with .checkpoint for .onnx, once training has lasted a minute).")
  private @Nullable Path checkpoint;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "T|N",
      description =
          "How often: a time such as 90s, 5m or 2h, or a number of epochs (default: "
              + Defaults.CHECKPOINT_SECONDS
              + "s).")
  private @Nullable String every;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "Go on from this checkpoint, to the same result as if training had never stopped; beside"
              + " the data and options that it was begun with.")
  private @Nullable Path resume;

  /** Checks that the options can be understood, which needs no data. */
  public void require() {
    schedule();
    if (isNone() && every != null) {
      throw refuse(
          "--checkpoint-every can't be used with --checkpoint none: leave one of them out");
    }
  }

  private boolean isNone() {
    return checkpoint != null && checkpoint.toString().equals(NONE);
  }

  /** The checkpoint to go on from; null to begin anew. */
  public @Nullable Path resume() {
    return resume;
  }

  /** When checkpoints are written. */
  public CheckpointSchedule schedule() {
    String asked = every;
    if (asked == null) {
      Duration usual = Duration.ofSeconds(Defaults.CHECKPOINT_SECONDS);
      return checkpoint == null && resume == null
          ? CheckpointSchedule.onceItLasts(usual)
          : CheckpointSchedule.every(usual);
    }
    Matcher time = TIME.matcher(asked.toLowerCase(Locale.ROOT));
    try {
      if (time.matches()) {
        double seconds = Double.parseDouble(time.group(1)) * unit(time.group(2));
        return CheckpointSchedule.every(Duration.ofNanos((long) (seconds * 1e9)));
      }
      if (EPOCHS.matcher(asked).matches()) {
        return CheckpointSchedule.everyEpochs(Integer.parseInt(asked));
      }
    } catch (IllegalArgumentException e) {
      // Said below: it is 0.
    }
    throw refuse(
        "--checkpoint-every must be a time such as 90s, 5m or 2h, or a number of epochs from 1,"
            + " not '"
            + asked
            + "'");
  }

  private static int unit(String name) {
    return switch (name) {
      case "s" -> 1;
      case "m" -> 60;
      default -> 3600;
    };
  }

  /**
   * Where checkpoints are written; null for nowhere.
   *
   * @param modelFile where the model will go
   * @param data where the table comes from
   * @param inputs other files that must not be overwritten; null for none
   * @throws IOException if they can't be written there
   */
  public @Nullable Path file(Path modelFile, TableSource data, @Nullable Path... inputs)
      throws IOException {
    if (isNone()) {
      return null;
    }
    Path file = checkpoint == null ? resume : checkpoint;
    if (file != null) {
      if (same(file, modelFile)) {
        throw refuse("--checkpoint must be another file than the model, " + modelFile);
      }
      for (Path input : inputs) {
        if (input != null && same(file, input)) {
          throw refuse("--checkpoint must be another file than " + input);
        }
      }
      OutputFiles.require(file, data, inputs);
      return file;
    }
    // Beside a device or a pipe there is no place for files.
    boolean plain = !Files.exists(modelFile) || Files.isRegularFile(modelFile);
    return plain ? OutputFiles.withEnding(modelFile, ".checkpoint") : null;
  }

  private static boolean same(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
