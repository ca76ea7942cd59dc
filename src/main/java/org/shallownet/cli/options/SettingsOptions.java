package org.shallownet.cli.options;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Initializer;
import org.shallownet.network.Optimizer;
import org.shallownet.training.TrainingSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how to train. */
public final class SettingsOptions {
  private static final double GRADIENT_DESCENT_RATE = 0.1;
  private static final double MOMENTUM_RATE = 0.03;
  private static final double MOMENTUM = 0.9;

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--optimizer",
      paramLabel = "O",
      defaultValue = "adam",
      description = "adam, momentum (0.9) or gd, plain gradient descent (default: adam).")
  private String optimizer = "adam";

  @Option(
      names = "--batch-size",
      paramLabel = "N|full",
      description =
          "Samples in a step, or full for all of them (default: 32, more from 32,768 rows on).")
  private @Nullable String batchSize;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "How often every sample is seen, at most (default: 1000).")
  private @Nullable Integer epochs;

  @Option(
      names = "--l2",
      paramLabel = "L",
      description =
          "Adds L/2 times the sum of squared weights to the cost (default: 1500 features² / rows³,"
              + " three times that for a regression, at most 0.02).")
  private @Nullable Double l2;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Decides the split, the first weights and the order of samples (default: 0).")
  private long seed;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End when the dev cost has not fallen for this many epochs (default: 100). Needs a dev"
              + " set.")
  private @Nullable Integer patience;

  @Option(
      names = "--no-standardize",
      description = "Use features, and the target of a regression, as they are.")
  private boolean raw;

  /** Whether data is to be used as it is. */
  public boolean raw() {
    return raw;
  }

  /** Decides everything random. */
  public long seed() {
    return seed;
  }

  /** Whether patience was asked for, which nothing but a dev set can exhaust. */
  public boolean isPatienceGiven() {
    return patience != null;
  }

  /**
   * All settings, with the optimizer's usual learning rate.
   *
   * @param standard what holds where no option says otherwise
   */
  public TrainingSettings settings(TrainingSettings standard, Initializer initializer) {
    try {
      TrainingSettings settings =
          standard.withSeed(seed).withStandardize(!raw).withInitializer(initializer);
      settings = settings.withOptimizer(optimizer(settings.optimizer()));
      if (batchSize != null) {
        settings = settings.withBatchSize(parseBatchSize(batchSize));
      }
      if (epochs != null) {
        settings = settings.withEpochs(epochs);
      }
      if (l2 != null) {
        settings = settings.withL2(l2);
      }
      if (patience != null) {
        settings = settings.withPatience(patience);
      }
      return settings;
    } catch (IllegalArgumentException e) {
      throw refuse(String.valueOf(e.getMessage()));
    }
  }

  private Optimizer optimizer(Optimizer standard) {
    return switch (optimizer) {
      case "adam" -> standard;
      case "momentum" -> new Optimizer.Momentum(MOMENTUM_RATE, MOMENTUM);
      case "gd" -> new Optimizer.GradientDescent(GRADIENT_DESCENT_RATE);
      default -> throw refuse("--optimizer must be adam, momentum or gd, not '" + optimizer + "'");
    };
  }

  /** An optimizer with another learning rate from the command line. */
  public Optimizer withRate(Optimizer optimizer, double learningRate) {
    try {
      return optimizer.withLearningRate(learningRate);
    } catch (IllegalArgumentException e) {
      throw refuse(String.valueOf(e.getMessage()));
    }
  }

  private long parseBatchSize(String text) {
    if (text.equals("full")) {
      return TrainingSettings.FULL_BATCH;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw refuse("--batch-size must be a number or 'full', not '" + text + "'");
    }
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
