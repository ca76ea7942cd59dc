package org.shallownet.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.data.Split;
import org.shallownet.data.TableOptions;
import org.shallownet.data.TableSource;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what networks are judged by while they learn. */
public final class DevOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description =
          "A table to judge each epoch by, instead of a part of DATA; for an ensemble to judge the"
              + " result by.")
  private @Nullable Path file;

  @Option(
      names = "--dev-fraction",
      paramLabel = "F",
      description =
          "The part of DATA that is held back to judge epochs; 0 for none (default: "
              + Defaults.DEV_FRACTION
              + "); for an ensemble to judge the result (default: 0, since its folds judge"
              + " epochs).")
  private @Nullable Double fraction;

  @Option(
      names = "--split-seed",
      paramLabel = "N",
      description =
          "Decides which rows are held back, and the folds of an ensemble (default: the value of"
              + " --seed).")
  private @Nullable Long splitSeed;

  /** The table to judge by; null for a part of the data or nothing. */
  public @Nullable Path file() {
    return file;
  }

  /**
   * Checks that the options fit together.
   *
   * @param folds whether rows are dealt out to folds, which the seed of the split decides, too
   */
  public void require(boolean folds) {
    if (file != null && fraction != null) {
      throw refuse("--dev and --dev-fraction can't be used together");
    }
    if (fraction != null && !(fraction >= 0 && fraction < 1)) {
      throw refuse("--dev-fraction must be at least 0 and below 1, not " + fraction);
    }
    if (!folds && splitSeed != null && (file != null || isNone())) {
      throw refuse(
          "--split-seed has nothing to decide: no part of DATA is held back; leave it out");
    }
  }

  /** Whether there is to be no dev set. */
  public boolean isNone() {
    return file == null && fraction != null && fraction == 0;
  }

  /**
   * What to learn from and what to judge by.
   *
   * @param dev null for nothing
   */
  public record Parts(Dataset train, @Nullable Dataset dev) {}

  /**
   * Divides the data, or reads the table to judge by.
   *
   * @param seed what decides the division if no other seed was asked for
   * @param options how the data was read
   */
  public Parts split(Dataset data, long seed, TableOptions options) throws IOException {
    if (file != null) {
      return new Parts(data, ModelData.like(data, new TableSource.File(file), options));
    }
    if (isNone()) {
      return new Parts(data, null);
    }
    double part = fraction == null ? Defaults.DEV_FRACTION : fraction;
    Split split = data.split(part, splitSeed(seed));
    return new Parts(split.train(), split.dev());
  }

  /**
   * The same for an ensemble, which judges epochs by folds: rows are held back only if that was
   * asked for, to judge the result.
   */
  public Parts heldBack(Dataset data, long seed, TableOptions options) throws IOException {
    return file == null && fraction == null ? new Parts(data, null) : split(data, seed, options);
  }

  /**
   * What decides which rows go where.
   *
   * @param seed what decides it if no other seed was asked for
   */
  public long splitSeed(long seed) {
    return splitSeed == null ? seed : splitSeed;
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
