package org.shallownet.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.training.Candidate;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which networks are compared: every combination of what they list. */
public final class GridOptions {
  private static final long MOST_NETWORKS = 10_000;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = {"--activations", "--activation"},
      paramLabel = "F,F,…|all",
      description =
          "Of hidden units: relu, leaky-relu, tanh, sigmoid, identity, or all of them (default:"
              + " all).")
  private String activations = "all";

  @Option(
      names = "--hidden",
      paramLabel = "N,N,…",
      description =
          "Units of the hidden layer, one network for each of 4,16,64; 64x32 for two layers, none for"
              + " logistic or linear regression (default: "
              + Defaults.HIDDEN_UNITS
              + ").")
  private String hidden = Integer.toString(Defaults.HIDDEN_UNITS);

  @Option(
      names = {"--learning-rates", "--learning-rate"},
      paramLabel = "R,R,…",
      description = "Lengths of the steps (default: " + SettingsOptions.RATES + ").")
  private @Nullable String learningRates;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "" + Defaults.SEEDS,
      description =
          "How often each network is trained, with other first weights and another order of"
              + " samples: seeds from --seed upwards (default: ${DEFAULT-VALUE}).")
  private int seeds = Defaults.SEEDS;

  /** How often each network is trained. */
  public int seeds() {
    return seeds;
  }

  /**
   * The networks to compare.
   *
   * @param network without hidden layers
   * @param settings with the optimizer and L2 of all of them
   * @param folds how often each is trained with each seed
   */
  public List<Candidate> candidates(NetworkSpec network, TrainingSettings settings, int folds) {
    if (seeds < 1) {
      throw refuse("--seeds must be at least 1, not " + seeds);
    }
    List<Candidate> candidates;
    try {
      candidates =
          Candidate.grid(
              network, layers(), activations(), optimizers(settings.optimizer()), settings.l2());
    } catch (IllegalArgumentException e) {
      throw refuse("--hidden: " + e.getMessage());
    }
    long networks = (long) candidates.size() * seeds * folds;
    if (networks > MOST_NETWORKS) {
      throw refuse(
          "these are " + networks + " networks; at most " + MOST_NETWORKS + " can be compared");
    }
    return candidates;
  }

  private List<Activation> activations() {
    if (activations.equals("all")) {
      return List.of(Activation.values());
    }
    return list(
        "--activations", "all or activations such as relu,tanh", activations, Activation::of);
  }

  private List<List<Integer>> layers() {
    return list(
        "--hidden", "numbers such as 4,16,64 (or 64x32), or none", hidden, HiddenLayers::parse);
  }

  private List<Optimizer> optimizers(Optimizer standard) {
    if (learningRates == null) {
      return List.of(standard);
    }
    return list(
        "--learning-rates",
        "numbers such as 0.001,0.01",
        learningRates,
        part -> standard.withLearningRate(Double.parseDouble(part)));
  }

  private <T> List<T> list(String option, String expected, String text, Function<String, T> parse) {
    List<T> values = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String value = part.trim();
      if (value.isEmpty()) {
        throw refuse(option + " must be " + expected + ", not '" + text + "'");
      }
      try {
        values.add(parse.apply(value));
      } catch (NumberFormatException e) {
        throw refuse(option + " must be " + expected + ", not '" + text + "'");
      } catch (IllegalArgumentException e) {
        throw refuse(option + ": " + e.getMessage());
      }
    }
    return values;
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
