package org.shallownet.cli.options;

import org.jspecify.annotations.Nullable;
import org.shallownet.network.Initializer;
import org.shallownet.training.Defaults;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option that says how first weights are drawn. */
public final class InitializerOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--init",
      paramLabel = "I",
      description =
          "First weights: auto (He for relu and leaky-relu, else Glorot), he, glorot, normal:S"
              + " (deviation S) or zeros (default: "
              + Defaults.INITIALIZER
              + ").")
  private @Nullable String init;

  /** Whether it was given. */
  public boolean isGiven() {
    return init != null;
  }

  /** How first weights are drawn. */
  public Initializer initializer() {
    String text = init == null ? Defaults.INITIALIZER : init;
    if (text.startsWith("normal:")) {
      try {
        return new Initializer.Normal(Double.parseDouble(text.substring("normal:".length())));
      } catch (NumberFormatException e) {
        throw refuse(
            "--init normal:S needs a number for S, such as normal:0.01, not '" + text + "'");
      } catch (IllegalArgumentException e) {
        throw refuse("--init " + text + ": " + e.getMessage());
      }
    }
    return switch (text) {
      case "auto" -> new Initializer.Auto();
      case "he" -> new Initializer.He();
      case "glorot" -> new Initializer.Glorot();
      case "zeros" -> new Initializer.Zeros();
      default ->
          throw refuse("--init must be auto, he, glorot, normal:S or zeros, not '" + text + "'");
    };
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
