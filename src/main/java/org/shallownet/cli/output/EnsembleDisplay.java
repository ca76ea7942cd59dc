package org.shallownet.cli.output;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shallownet.cli.help.Words;
import org.shallownet.network.Activation;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.TrainingSettings;
import org.shallownet.training.ensemble.EnsembleListener;
import org.shallownet.training.ensemble.EnsembleSettings;
import org.shallownet.training.ensemble.Family;

/** Shows how the training of an ensemble goes. */
public final class EnsembleDisplay extends Display implements EnsembleListener {
  private @Nullable Start start;

  /**
   * A display.
   *
   * @param quiet whether to show warnings only
   */
  public EnsembleDisplay(Terminal terminal, boolean quiet) {
    super(terminal, quiet);
  }

  @Override
  public void onStart(Start start) {
    this.start = start;
    if (quiet()) {
      return;
    }
    EnsembleSettings settings = start.settings();
    say("Ensemble: " + families(start) + "; " + counts(settings));
    say("Settings: " + settings(settings.training()) + factors(settings));
    say(
        "Training on "
            + start.rows()
            + " rows, each network on all but the fold that judges it; "
            + start.device()
            + ", engine "
            + start.engine()
            + ", "
            + start.placement());
  }

  /** Such as: tanh and relu networks of 64 units, with 30 inputs and with 270, piecewise linear. */
  private static String families(Start start) {
    EnsembleSettings settings = start.settings();
    String activations =
        settings.families().stream()
            .map(Family::activation)
            .distinct()
            .map(Activation::id)
            .collect(Collectors.joining(" and "));
    boolean plain = settings.families().stream().anyMatch(family -> !family.piecewise());
    boolean pieces = settings.families().stream().anyMatch(Family::piecewise);
    return activations
        + " networks of "
        + settings.units()
        + " units with "
        + (plain ? counted(start.inputs(), "input") : "")
        + (plain && pieces ? " and with " : "")
        + (pieces ? start.allInputs() + ", piecewise-linear ones among them" : "");
  }

  private static String counts(EnsembleSettings settings) {
    return counted(settings.families().size(), "family").replace("familys", "families")
        + " × "
        + (settings.members() < settings.folds() ? settings.members() + " of " : "")
        + settings.folds()
        + " folds = "
        + counted(settings.networks(), "network");
  }

  private static String factors(EnsembleSettings settings) {
    return settings.frontRate() > 0
        ? ", a factor for each input at " + Numbers.exact(settings.frontRate()) + " × the rate"
        : "";
  }

  /** How a network is trained, on one line. */
  public static String settings(TrainingSettings settings) {
    return Words.of(settings.optimizer().toString())
        + ", batches of "
        + (settings.batchSize() == TrainingSettings.FULL_BATCH
            ? "all rows"
            : Long.toString(settings.batchSize()))
        + ", L2 "
        + Numbers.significant(settings.l2())
        + ", at most "
        + counted(settings.epochs(), "epoch")
        + ", patience "
        + settings.patience()
        + ", seed "
        + settings.seed()
        + settings.refinements().entries().entrySet().stream()
            .map(entry -> ", " + entry.getKey().replace('_', ' ') + " " + entry.getValue())
            .collect(Collectors.joining());
  }

  @Override
  public void onProgress(NetworksProgress progress, double devCost) {
    Start begun = start;
    if (!quiet() && begun != null) {
      show(progress.seconds(), () -> line(begun, progress, devCost));
    }
  }

  private static String line(Start begun, NetworksProgress progress, double devCost) {
    EnsembleSettings settings = begun.settings();
    StringBuilder line = new StringBuilder();
    line.append(progress.over()).append(" of ").append(settings.networks());
    line.append(" networks trained");
    line.append(waiting(progress, settings.networks()));
    line.append("  epoch ").append(progress.epochs()).append('/');
    line.append(settings.training().epochs());
    line.append(StatusLine.left(progress.left(), progress.seconds()));
    if (!Double.isNaN(devCost)) {
      line.append("  cost on folds left out ").append(Numbers.significant(devCost));
    }
    return line.toString();
  }
}
