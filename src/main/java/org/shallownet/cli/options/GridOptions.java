package org.shallownet.cli.options;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Optimizer;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.comparison.Candidate;
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
              + " all; with --folds tanh,relu).")
  private @Nullable String activations;

  @Option(
      names = "--hidden",
      paramLabel = "N,N,…",
      description =
          "Units of the hidden layer, one network for each of 4,16,64; 64x32 for two layers, none for"
              + " logistic or linear regression (default: "
              + Defaults.HIDDEN_UNITS
              + "; with --folds 4,16,64).")
  private @Nullable String hidden;

  @Option(
      names = {"--learning-rates", "--learning-rate"},
      paramLabel = "R,R,…",
      description =
          "Lengths of the steps (default: "
              + SettingsOptions.RATES
              + "; with --folds 1, 3 and 10 times that).")
  private @Nullable String learningRates;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How often each network is trained, with other first weights and another order of"
              + " rows: seeds from --seed upwards (default: "
              + Defaults.SEEDS
              + "; with --folds "
              + Defaults.SEEDS_BY_FOLDS
              + ").")
  private @Nullable Integer seeds;

  /**
   * How often each network is trained, on the same rows.
   *
   * @param byFolds whether folds judge
   */
  public int seeds(boolean byFolds) {
    if (seeds != null) {
      return seeds;
    }
    return byFolds ? Defaults.SEEDS_BY_FOLDS : Defaults.SEEDS;
  }

  /**
   * The networks to compare.
   *
   * @param network without hidden layers
   * @param settings with the optimizer and L2 of all of them
   * @param folds how many folds judge; 0 for a dev set. With folds more is searched where no option
   *     says what: a dev set is too small to choose among many by.
   */
  public List<Candidate> candidates(NetworkSpec network, TrainingSettings settings, int folds) {
    boolean search = folds > 0;
    int count = seeds(search);
    if (count < 1) {
      throw refuse("--seeds must be at least 1, not " + count);
    }
    Set<Candidate> candidates = new LinkedHashSet<>();
    try {
      for (double l2 :
          search && !isL2Given() ? Defaults.searchedL2(settings.l2()) : List.of(settings.l2())) {
        candidates.addAll(
            Candidate.grid(
                network,
                layers(search),
                activations(search),
                optimizers(settings.optimizer(), search),
                l2));
      }
    } catch (IllegalArgumentException e) {
      throw refuse("--hidden: " + e.getMessage());
    }
    long networks = (long) candidates.size() * count * Math.max(1, folds);
    if (networks > MOST_NETWORKS) {
      throw refuse(
          "these are " + networks + " networks; at most " + MOST_NETWORKS + " can be compared");
    }
    return new ArrayList<>(candidates);
  }

  private boolean isL2Given() {
    return command.commandLine().getParseResult().hasMatchedOption("--l2");
  }

  private List<Activation> activations(boolean search) {
    String given = activations;
    if (given == null && search) {
      return Defaults.SEARCHED_ACTIVATIONS;
    } else if (given == null || given.equals("all")) {
      return List.of(Activation.values());
    }
    return list("--activations", "all or activations such as relu,tanh", given, Activation::of);
  }

  private List<List<Integer>> layers(boolean search) {
    if (hidden == null) {
      List<Integer> units = search ? Defaults.SEARCHED_UNITS : List.of(Defaults.HIDDEN_UNITS);
      return units.stream().map(List::of).toList();
    }
    return list(
        "--hidden", "numbers such as 4,16,64 (or 64x32), or none", hidden, HiddenLayers::parse);
  }

  private List<Optimizer> optimizers(Optimizer standard, boolean search) {
    if (learningRates == null) {
      double usual = standard.learningRate();
      return search
          ? Defaults.SEARCHED_RATES.stream()
              .map(factor -> standard.withLearningRate(times(usual, factor)))
              .toList()
          : List.of(standard);
    }
    return list(
        "--learning-rates",
        "numbers such as 0.001,0.01",
        learningRates,
        part -> standard.withLearningRate(Double.parseDouble(part)));
  }

  /** In decimals, so that 3 times 0.003 is 0.009 when it is printed. */
  private static double times(double rate, int factor) {
    return BigDecimal.valueOf(rate).multiply(BigDecimal.valueOf(factor)).doubleValue();
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
