package org.shallownet.cli.options;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.data.Dataset;
import org.shallownet.network.Activation;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that describe a new network. */
public final class NetworkOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--hidden",
      paramLabel = "N[xN…]|none",
      description =
          "Units of the hidden layer; 64x32 for two layers, none for logistic or linear regression"
              + " (default: "
              + Defaults.HIDDEN_UNITS
              + ").")
  private @Nullable String hidden;

  @Option(
      names = "--activation",
      paramLabel = "F",
      description =
          "Of the units of all hidden layers: relu, leaky-relu, tanh, sigmoid or identity (default:"
              + " tanh below "
              + Defaults.SMALL_TABLE_ROWS
              + " rows, else relu).")
  private @Nullable String activation;

  /** The first of these options that was given, to be refused beside a given model; or null. */
  public @Nullable String given() {
    if (hidden != null) {
      return "--hidden";
    }
    return activation != null ? "--activation" : null;
  }

  /** Checks that the options can be understood, which needs no data. */
  public void require() {
    if (hidden != null) {
      units(hidden);
    }
    if (activation != null) {
      function(activation);
    }
  }

  /** Whether there is a hidden layer. */
  public boolean hasHiddenLayers() {
    return hidden == null || !units(hidden).isEmpty();
  }

  /**
   * The network for this data.
   *
   * @param plain the same without hidden layers
   */
  NetworkSpec network(Dataset data, NetworkSpec plain) {
    Activation function = activation == null ? Defaults.activation(data) : function(activation);
    NetworkSpec spec = plain;
    for (int units : units(hidden == null ? Integer.toString(Defaults.HIDDEN_UNITS) : hidden)) {
      try {
        spec = spec.withHidden(units, function);
      } catch (IllegalArgumentException e) {
        throw refuse("--hidden: " + e.getMessage());
      }
    }
    return spec;
  }

  private Activation function(String name) {
    if (name.contains(",")) {
      throw refuse(
          "--activation takes one function, for all hidden layers, not '"
              + name
              + "'; shallownet compare tries several");
    }
    try {
      return Activation.of(name);
    } catch (IllegalArgumentException e) {
      throw refuse("--activation: " + e.getMessage());
    }
  }

  private List<Integer> units(String text) {
    try {
      return HiddenLayers.parse(text);
    } catch (NumberFormatException e) {
      throw refuse(advice(text));
    }
  }

  private static String advice(String text) {
    if (text.contains(",")) {
      try {
        return "write --hidden "
            + HiddenLayers.withoutCommas(text)
            + " for the layers of one network; a comma separates networks, which only"
            + " shallownet compare takes";
      } catch (NumberFormatException e) {
        // Not a list of layers either.
      }
    }
    return "--hidden must be none or numbers such as 64 or 64x32, not '" + text + "'";
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
