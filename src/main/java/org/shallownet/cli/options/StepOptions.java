package org.shallownet.cli.options;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Loss;
import org.shallownet.network.Optimizer;
import org.shallownet.network.Output;
import org.shallownet.network.Refinements;
import org.shallownet.network.Schedule;
import org.shallownet.training.Defaults;
import org.shallownet.training.TrainingSettings;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say more of an optimizer's steps than which optimizer it is. */
public final class StepOptions {
  /** All of them. */
  static final List<String> NAMES =
      List.of(
          "--schedule",
          "--warmup",
          "--momentum",
          "--nesterov",
          "--beta1",
          "--beta2",
          "--clip-norm",
          "--l1",
          "--dropout",
          "--label-smoothing",
          "--loss");

  private static final String POISSON = "poisson";

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--schedule",
      paramLabel = "S",
      description =
          "How the learning rate goes on: constant; cosine, down to 0 in the last of --epochs;"
              + " step:N[:F], times F (default: "
              + Defaults.RATE_FALL
              + ") every N epochs; or plateau[:N[:F]], times F when the dev cost has not fallen for"
              + " N epochs (default: "
              + Defaults.PLATEAU_EPOCHS
              + ") (default: constant).")
  private @Nullable String schedule;

  @Option(
      names = "--warmup",
      paramLabel = "EPOCHS",
      description =
          "Over so many epochs, such as 2 or 0.5, the learning rate rises from near 0 (default: 0).")
  private @Nullable Double warmup;

  @Option(
      names = "--momentum",
      paramLabel = "M",
      description =
          "What is kept of the last step, with --optimizer momentum (default: "
              + Defaults.MOMENTUM
              + ").")
  private @Nullable Double momentum;

  @Option(
      names = "--nesterov",
      description = "Nesterov's momentum, which looks a step ahead, with --optimizer momentum.")
  private boolean nesterov;

  @Option(
      names = "--beta1",
      paramLabel = "B",
      description =
          "Decay of the mean of gradients, with --optimizer adam (default: "
              + Defaults.BETA1
              + ").")
  private @Nullable Double beta1;

  @Option(
      names = "--beta2",
      paramLabel = "B",
      description =
          "Decay of the mean of their squares, with --optimizer adam (default: "
              + Defaults.BETA2
              + ").")
  private @Nullable Double beta2;

  @Option(
      names = "--clip-norm",
      paramLabel = "G",
      description =
          "Shorten gradients, without L1 and L2, that are longer than this (default: none).")
  private @Nullable Double clipNorm;

  @Option(
      names = "--l1",
      paramLabel = "L",
      description = "Adds L times the sum of the weights' sizes to the cost (default: 0).")
  private @Nullable Double l1;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description =
          "In each step leave out this part of the hidden units' activations (default: 0).")
  private @Nullable Double dropout;

  @Option(
      names = "--label-smoothing",
      paramLabel = "E",
      description = "Of classes, spread this part of the right one's target over all (default: 0).")
  private @Nullable Double smoothing;

  @Option(
      names = "--loss",
      paramLabel = "L",
      description =
          "Of numbers: squared; huber:D, beyond D (in deviations of the target) only as far as the"
              + " error; quantile:Q, so that a part Q lies below the answers; or poisson, for counts:"
              + " answers are e to the power of what the last layer gives (default: squared).")
  private @Nullable String loss;

  /** Whether the learning rate falls when the dev cost does not, which needs a dev set. */
  boolean isPlateau() {
    return schedule != null && (schedule + ":").startsWith("plateau:");
  }

  /**
   * The optimizer with what these options say of it.
   *
   * @throws ParameterException if one is of another optimizer
   * @throws IllegalArgumentException if a number is none that it takes
   */
  Optimizer of(Optimizer optimizer) {
    if (optimizer instanceof Optimizer.Adam adam) {
      refuseBeside(momentum != null, "--momentum", "momentum", adam);
      refuseBeside(nesterov, "--nesterov", "momentum", adam);
      return new Optimizer.Adam(
          adam.learningRate(),
          beta1 == null ? adam.beta1() : beta1,
          beta2 == null ? adam.beta2() : beta2,
          adam.epsilon());
    }
    refuseBeside(beta1 != null, "--beta1", "adam", optimizer);
    refuseBeside(beta2 != null, "--beta2", "adam", optimizer);
    if (optimizer instanceof Optimizer.Momentum plain) {
      double kept = momentum == null ? plain.momentum() : momentum;
      return nesterov
          ? new Optimizer.Nesterov(plain.learningRate(), kept)
          : new Optimizer.Momentum(plain.learningRate(), kept);
    }
    refuseBeside(momentum != null, "--momentum", "momentum", optimizer);
    refuseBeside(nesterov, "--nesterov", "momentum", optimizer);
    return optimizer;
  }

  private void refuseBeside(boolean given, String option, String needed, Optimizer optimizer) {
    if (given) {
      throw refuse(
          option + " goes with --optimizer " + needed + ", not with --optimizer " + optimizer.id());
    }
  }

  /**
   * The settings with what these options say of the steps.
   *
   * @throws ParameterException if they contradict the settings
   * @throws IllegalArgumentException if a number is none that can be
   */
  TrainingSettings of(TrainingSettings settings) {
    Schedule rates = schedule(settings.epochs());
    if (rates instanceof Schedule.Plateau plateau && plateau.patience() >= settings.patience()) {
      throw refuse(
          "--schedule plateau waits for "
              + plateau.patience()
              + " epochs, but training ends after --patience "
              + settings.patience()
              + "; give a smaller plateau or more patience");
    }
    if (clipNorm != null && clipNorm == 0) {
      throw refuse("--clip-norm must be positive; leave it out for gradients as they are");
    }
    Refinements refinements =
        Refinements.NONE
            .withSchedule(rates)
            .withWarmup(orNone(warmup))
            .withClipNorm(orNone(clipNorm))
            .withL1(orNone(l1))
            .withDropout(orNone(dropout))
            .withLoss(loss());
    return settings.withRefinements(refinements);
  }

  /**
   * Checks that there are activations to leave out.
   *
   * @param hidden whether there is a hidden layer
   */
  void requireLayers(boolean hidden) {
    if (!hidden && orNone(dropout) > 0) {
      throw refuse("--dropout needs a hidden layer, but --hidden none has none");
    }
  }

  /**
   * The output of a new network.
   *
   * @param usual the one for these targets where no option says otherwise
   * @throws ParameterException if the loss is for targets of another kind
   */
  Output output(Output usual) {
    if (!isPoisson()) {
      return usual;
    }
    if (!usual.isOfNumbers()) {
      throw forNumbers();
    }
    return Output.EXPONENTIAL_POISSON;
  }

  private boolean isPoisson() {
    return POISSON.equals(loss);
  }

  private ParameterException forNumbers() {
    return refuse(
        "--loss "
            + loss
            + " is for targets that are numbers, not for classes; say --task regression if the"
            + " classes are numbers");
  }

  /** Checks that the loss is one for a network with this output. */
  void requireSuits(Loss wanted, Output output) {
    boolean poisson = output == Output.EXPONENTIAL_POISSON;
    if (loss != null && output.isOfNumbers() && isPoisson() != poisson) {
      throw refuse(
          "--loss "
              + loss
              + " can't be used with this --from: the model's network has an "
              + output
              + " output; leave one of them out");
    }
    if (!wanted.suits(output)) {
      throw wanted instanceof Loss.Smoothed
          ? refuse("--label-smoothing is for classes, not for targets that are numbers")
          : forNumbers();
    }
  }

  private Loss loss() {
    String text = loss == null ? "squared" : loss;
    if (smoothing != null && smoothing != 0) {
      if (loss != null) {
        throw refuse("--label-smoothing is for classes and --loss for numbers; leave one out");
      }
      return new Loss.Smoothed(smoothing);
    }
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    try {
      if (text.equals("squared") || text.equals(POISSON)) {
        return Loss.OWN;
      }
      if (colon > 0 && kind.equals("huber")) {
        return new Loss.Huber(Double.parseDouble(text.substring(colon + 1)));
      }
      if (colon > 0 && kind.equals("quantile")) {
        return new Loss.Quantile(Double.parseDouble(text.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      // Said below.
    } catch (IllegalArgumentException e) {
      throw refuse("--loss " + text + ": " + e.getMessage());
    }
    throw refuse(
        "--loss must be squared, poisson, huber:D or quantile:Q such as huber:1.35 or quantile:0.9,"
            + " not '"
            + text
            + "'");
  }

  private static double orNone(@Nullable Double value) {
    return value == null ? 0 : value;
  }

  private Schedule schedule(int epochs) {
    String text = schedule;
    if (text == null) {
      return Schedule.CONSTANT;
    }
    String[] parts = text.split(":", -1);
    try {
      switch (parts[0]) {
        case "constant" -> {
          if (parts.length == 1) {
            return Schedule.CONSTANT;
          }
        }
        case "cosine" -> {
          if (parts.length == 1) {
            return new Schedule.Cosine(epochs);
          }
        }
        case "step" -> {
          if (parts.length == 2 || parts.length == 3) {
            return new Schedule.Steps(Integer.parseInt(parts[1]), fall(parts));
          }
        }
        case "plateau" -> {
          if (parts.length <= 3) {
            int wait = parts.length == 1 ? Defaults.PLATEAU_EPOCHS : Integer.parseInt(parts[1]);
            return new Schedule.Plateau(wait, fall(parts));
          }
        }
        default -> {}
      }
    } catch (NumberFormatException e) {
      // Said below.
    } catch (IllegalArgumentException e) {
      throw refuse("--schedule " + text + ": " + e.getMessage());
    }
    throw refuse(
        "--schedule must be constant, cosine, step:N, step:N:F, plateau, plateau:N or plateau:N:F,"
            + " not '"
            + text
            + "'");
  }

  private static double fall(String[] parts) {
    return parts.length == 3 ? Double.parseDouble(parts[2]) : Defaults.RATE_FALL;
  }

  private ParameterException refuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
