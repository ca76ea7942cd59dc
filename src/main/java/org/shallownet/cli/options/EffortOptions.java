package org.shallownet.cli.options;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how much is to be done for a good model, and how long. */
public final class EffortOptions {
  /** How much is to be done. */
  public enum Effort {
    /** One network. */
    FAST,
    /** An ensemble. */
    NORMAL,
    /** An ensemble of more networks. */
    HIGH
  }

  /** Options that describe one network, so that just that one is trained. */
  private static final List<String> OF_ONE_NETWORK =
      Stream.concat(
              Stream.of(
                  "--hidden",
                  "--activation",
                  "--optimizer",
                  "--learning-rate",
                  "--batch-size",
                  "--init",
                  "--from",
                  "--epochs"),
              StepOptions.NAMES.stream())
          .toList();

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--effort",
      paramLabel = "E",
      description =
          "fast trains one network, normal an ensemble of up to 20, high one of up to 40"
              + " (default: normal, or one network if an option describes one).")
  private @Nullable String effort;

  @Option(
      names = "--time",
      paramLabel = "LIMIT",
      description =
          "End training when the command has run so long, such as 90s, 5m or 2h, and save the best"
              + " so far.")
  private @Nullable String time;

  private final long began = System.nanoTime();

  /** Checks that the options can be understood and go with the others. */
  public void require() {
    effort();
    limitSeconds();
  }

  /**
   * How much is to be done: one network if an option describes it.
   *
   * @throws ParameterException if an ensemble was asked for beside such an option
   */
  public Effort effort() {
    String text = effort;
    String describing = describingOne();
    if (text == null) {
      return describing == null ? Effort.NORMAL : Effort.FAST;
    }
    Effort wanted =
        switch (text) {
          case "fast" -> Effort.FAST;
          case "normal" -> Effort.NORMAL;
          case "high" -> Effort.HIGH;
          default -> throw refuse("--effort must be fast, normal or high, not '" + text + "'");
        };
    if (wanted != Effort.FAST && describing != null) {
      throw refuse(
          describing
              + " describes one network, but --effort "
              + text
              + " trains an ensemble; leave one of the two out");
    }
    return wanted;
  }

  /** The first option given that describes one network; null if there is none. */
  private @Nullable String describingOne() {
    for (String option : OF_ONE_NETWORK) {
      if (command.commandLine().getParseResult().hasMatchedOption(option)) {
        return option;
      }
    }
    return null;
  }

  /** Whether the time is up. */
  public boolean isTimeUp() {
    return (System.nanoTime() - began) * 1e-9 > limitSeconds();
  }

  private double limitSeconds() {
    String text = time;
    if (text == null) {
      return Double.POSITIVE_INFINITY;
    }
    int unit = "smh".indexOf(text.isEmpty() ? ' ' : text.charAt(text.length() - 1));
    try {
      double count =
          unit < 0 ? Double.NaN : Double.parseDouble(text.substring(0, text.length() - 1));
      if (count > 0 && Double.isFinite(count)) {
        return count * Math.pow(60, unit);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw refuse(
        "--time must be a number with s, m or h behind it, such as 90s, not '" + text + "'");
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
