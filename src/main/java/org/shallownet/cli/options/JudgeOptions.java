package org.shallownet.cli.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what a comparison's networks are judged by, and what is made of them. */
public final class JudgeOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--folds",
      paramLabel = "K",
      description =
          "Judge by K folds instead of a dev set: each network is trained K times, without one fold"
              + " each, and the best is trained again on all rows.")
  private @Nullable Integer folds;

  @Option(
      names = "--ensemble",
      description =
          "Save an ensemble of the networks, each as often as it makes the whole better on the rows"
              + " that judge.")
  private boolean ensemble;

  /** Checks the number before anything is read. */
  public void require() {
    if (folds != null && folds < 2) {
      throw new ParameterException(
          command.commandLine(), "--folds must be at least 2, not " + folds);
    }
  }

  /** How many folds judge; null for a dev set. */
  public @Nullable Integer folds() {
    return folds;
  }

  /** The same as a number; 0 for a dev set. */
  public int count() {
    return folds == null ? 0 : folds;
  }

  /** Whether an ensemble is to be made. */
  public boolean ensemble() {
    return ensemble;
  }
}
