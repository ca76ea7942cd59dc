package org.shallownet.cli.options;

import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.network.Initializer;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how to train. */
public final class SettingsOptions {
  /** The learning rates of the optimizers, for the texts of options. */
  public static final String RATES =
      Defaults.ADAM_RATE
          + " for adam, "
          + Defaults.MOMENTUM_RATE
          + " momentum, "
          + Defaults.GRADIENT_DESCENT_RATE
          + " gd";

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--optimizer",
      paramLabel = "O",
      defaultValue = Defaults.OPTIMIZER,
      description =
          "adam, momentum ("
              + Defaults.MOMENTUM
              + ") or gd, plain gradient descent (default: ${DEFAULT-VALUE}).")
  private String optimizer = Defaults.OPTIMIZER;

  @Mixin private StepOptions steps = new StepOptions();

  @Option(
      names = "--batch-size",
      paramLabel = "N|full",
      description =
          "Rows in a step, or full for all of them (default: "
              + Defaults.BATCH_SIZE
              + ", more above "
              + Defaults.LARGER_BATCHES_ROWS
              + " rows).")
  private @Nullable String batchSize;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "How often every row is seen, at most (default: " + Defaults.EPOCHS + ").")
  private @Nullable Integer epochs;

  @Option(
      names = "--l2",
      paramLabel = "L",
      description =
          "Adds L/2 times the sum of squared weights to the cost (default: "
              + Defaults.L2_SCALE
              + " features² / rows³, "
              + Defaults.L2_REGRESSION_FACTOR
              + " times that for a regression, at most "
              + Defaults.MOST_L2
              + ").")
  private @Nullable Double l2;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "" + Defaults.SEED,
      description =
          "Decides the split, the first weights and the order of rows (default:"
              + " ${DEFAULT-VALUE}).")
  private long seed = Defaults.SEED;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End when the dev cost has not fallen for this many epochs (default: "
              + Defaults.PATIENCE
              + "); of an ensemble the cost on the fold left out (default: "
              + Defaults.FOLDS_PATIENCE
              + ", for numbers "
              + Defaults.NUMBERS_PATIENCE
              + "). Needs a dev set or folds.")
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

  /** An option that was given and means nothing without a dev set; null if there is none. */
  public @Nullable String givenForDevSet() {
    if (patience != null) {
      return "--patience";
    }
    return steps.isPlateau() ? "--schedule plateau" : null;
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
      settings = settings.withOptimizer(steps.of(optimizer(settings.optimizer())));
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
      return steps.of(settings);
    } catch (IllegalArgumentException e) {
      throw refuse(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The same where the network's output is known.
   *
   * @throws ParameterException if an option is for targets of another kind
   */
  public TrainingSettings settings(
      TrainingSettings standard, Output output, Initializer initializer) {
    TrainingSettings settings = settings(standard, initializer);
    steps.requireSuits(settings.refinements().loss(), output);
    return settings;
  }

  /**
   * A new network for this data, without hidden layers.
   *
   * @throws ParameterException if the loss is for targets of another kind
   */
  public NetworkSpec network(Dataset data) {
    NetworkSpec network = data.network();
    return network.withOutput(steps.output(network.output()));
  }

  /**
   * Checks what needs a hidden layer.
   *
   * @param hidden whether there is one
   */
  public void requireLayers(boolean hidden) {
    steps.requireLayers(hidden);
  }

  private Optimizer optimizer(Optimizer standard) {
    return switch (optimizer) {
      case "adam" -> standard;
      case "momentum" -> new Optimizer.Momentum(Defaults.MOMENTUM_RATE, Defaults.MOMENTUM);
      case "gd" -> new Optimizer.GradientDescent(Defaults.GRADIENT_DESCENT_RATE);
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
