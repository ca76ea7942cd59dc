package org.shallownet.cli.options;

import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.ensemble.EnsembleSettings;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say what is trained: an ensemble, or one network, and how. */
public final class RecipeOptions {
  @Mixin private EffortOptions effort = new EffortOptions();
  @Mixin private NetworkOptions network = new NetworkOptions();
  @Mixin private InitializerOption init = new InitializerOption();

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "Length of the steps (default: " + SettingsOptions.RATES + ").")
  private @Nullable Double learningRate;

  @Mixin private SettingsOptions options = new SettingsOptions();

  /** Checks the options before anything is read. */
  public void require() {
    effort.require();
    network.require();
    settings(TrainingSettings.defaults());
    options.requireLayers(network.hasHiddenLayers());
  }

  /** Whether one network is asked for, rather than an ensemble. */
  public boolean isOneNetwork() {
    return effort.effort() == EffortOptions.Effort.FAST;
  }

  /** The option that describes a new network, if one was given. */
  public @Nullable String givenNetwork() {
    String given = network.given();
    return given == null && init.isGiven() ? "--init" : given;
  }

  /** How much is to be done, and how long. */
  public EffortOptions effort() {
    return effort;
  }

  /** Seed, patience and others. */
  public SettingsOptions options() {
    return options;
  }

  /** The one network for this data. */
  public NetworkSpec network(Dataset data) {
    return network.network(data, options.network(data));
  }

  /**
   * How the one network is trained on this data.
   *
   * @param output the network's
   */
  public TrainingSettings settings(Dataset data, Output output) {
    return withRate(options.settings(Defaults.settings(data), output, init.initializer()));
  }

  private TrainingSettings settings(TrainingSettings standard) {
    return withRate(options.settings(standard, init.initializer()));
  }

  private TrainingSettings withRate(TrainingSettings settings) {
    return learningRate == null
        ? settings
        : settings.withOptimizer(options.withRate(settings.optimizer(), learningRate));
  }

  /**
   * The ensemble for this data.
   *
   * @param foldSeed decides which rows are in which fold
   * @return null if one network is asked for, or the data has too few or too many rows for several
   */
  public @Nullable EnsembleSettings ensemble(Dataset data, long foldSeed) {
    if (isOneNetwork() || !EnsembleSettings.suits(data)) {
      return null;
    }
    EnsembleSettings standard =
        effort.effort() == EffortOptions.Effort.HIGH
            ? EnsembleSettings.high(data)
            : EnsembleSettings.of(data);
    return standard.withTraining(settings(standard.training())).withFoldSeed(foldSeed);
  }
}
