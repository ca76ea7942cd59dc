package org.shallownet.cli.output;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.NetworkSpec;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.comparison.Candidate;
import org.shallownet.training.comparison.ComparisonListener;

/** Shows how a comparison goes. */
public final class ComparisonDisplay extends Display implements ComparisonListener {
  private final String scoreName;
  private final List<Candidate> candidates;
  private @Nullable Start start;

  /**
   * A display.
   *
   * @param quiet whether to show warnings only
   * @param scoreName what the reports' scores are: {@code accuracy} or {@code rmse}
   */
  public ComparisonDisplay(
      Terminal terminal, boolean quiet, String scoreName, List<Candidate> candidates) {
    super(terminal, quiet);
    this.scoreName = scoreName;
    this.candidates = candidates;
  }

  @Override
  public void onStart(Start start) {
    this.start = start;
    if (quiet()) {
      return;
    }
    int folds = Math.max(1, start.folds());
    int seeds = start.networks() / candidates.size() / folds;
    double rows = (double) start.networks() / candidates.size() * trainedRows(start);
    double work = 0;
    for (Candidate candidate : candidates) {
      work += rows * start.epochs() * work(candidate.network());
    }
    say(
        "Comparing "
            + counted(start.networks(), "network")
            + " ("
            + counted(candidates.size(), "candidate")
            + " × "
            + counted(seeds, "seed")
            + (start.folds() == 0 ? "" : " × " + start.folds() + " folds")
            + ") on "
            + start.rows()
            + " rows, judged by "
            + (start.folds() == 0
                ? start.devRows() + (start.devRows() == 1 ? " other, " : " others, ")
                : "the fold that each has not learned from, ")
            + start.device()
            + ", engine "
            + start.engine()
            + ", "
            + start.placement());
    say(
        "At most "
            + counted(start.epochs(), "epoch")
            + " each: up to "
            + Numbers.count(work)
            + " multiply-adds");
  }

  /** Multiply-adds that one sample takes, forward and backward. */
  private static double work(NetworkSpec network) {
    double work = 0;
    for (int l = 1; l <= network.layerCount(); l++) {
      // The derivative by the features is not needed.
      work += (l == 1 ? 2.0 : 3.0) * network.units(l) * network.units(l - 1);
    }
    return work;
  }

  /** How many rows a network sees in an epoch: all, but of folds one less. */
  private static double trainedRows(Start start) {
    return start.folds() == 0
        ? start.rows()
        : (double) start.rows() * (start.folds() - 1) / start.folds();
  }

  @Override
  public void onProgress(NetworksProgress progress, @Nullable Leader leader) {
    Start begun = start;
    if (!quiet() && begun != null) {
      show(progress.seconds(), () -> line(begun, progress, leader));
    }
  }

  private String line(Start begun, NetworksProgress progress, @Nullable Leader leader) {
    StringBuilder line = new StringBuilder("epoch ").append(progress.epochs()).append('/');
    line.append(begun.epochs()).append("  ");
    line.append(progress.training()).append(" in training");
    line.append(waiting(progress, begun.networks()));
    line.append(StatusLine.left(progress.left(), progress.seconds()));
    // Last, since a narrow terminal cuts the line off.
    if (leader != null) {
      line.append("  best ")
          .append(Candidates.name(leader.candidate(), Candidates.differInL2(candidates)));
      line.append(begun.folds() == 0 ? ": dev cost " : ": cost on folds ");
      line.append(Numbers.significant(leader.devCost()));
      line.append(", ").append(scoreName).append(' ');
      line.append(Numbers.significant(leader.devScore()));
    }
    return line.toString();
  }
}
