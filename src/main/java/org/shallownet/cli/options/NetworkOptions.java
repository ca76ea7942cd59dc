package org.shallownet.cli.options;

import java.util.ArrayList;
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
      paramLabel = "N[,N…]|none",
      description = "Units of each hidden layer (default: " + Defaults.HIDDEN_UNITS + ").")
  private @Nullable String hidden;

  @Option(
      names = "--activation",
      paramLabel = "F",
      description =
          "Of hidden units: relu, leaky-relu, tanh, sigmoid or identity (default: tanh"
              + " below 1000 rows, else relu).")
  private @Nullable String activation;

  /** The first of these options that was given, to be refused beside a given model; or null. */
  public @Nullable String given() {
    if (hidden != null) {
      return "--hidden";
    }
    return activation != null ? "--activation" : null;
  }

  /** The network for this data. */
  public NetworkSpec network(Dataset data) {
    Activation function = Defaults.activation(data);
    if (activation != null) {
      try {
        function = Activation.of(activation);
      } catch (IllegalArgumentException e) {
        throw refuse("--activation: " + e.getMessage());
      }
    }
    NetworkSpec spec = data.network();
    for (int units : units(hidden == null ? Integer.toString(Defaults.HIDDEN_UNITS) : hidden)) {
      try {
        spec = spec.withHidden(units, function);
      } catch (IllegalArgumentException e) {
        throw refuse("--hidden: " + e.getMessage());
      }
    }
    return spec;
  }

  private List<Integer> units(String text) {
    List<Integer> units = new ArrayList<>();
    if (text.equals("none")) {
      return units;
    }
    for (String part : text.split(",", -1)) {
      try {
        units.add(Integer.parseInt(part.trim()));
      } catch (NumberFormatException e) {
        throw refuse("--hidden must be 'none' or numbers such as 64 or 64,32, not '" + text + "'");
      }
    }
    return units;
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
