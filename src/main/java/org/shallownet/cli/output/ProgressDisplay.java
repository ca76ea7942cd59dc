package org.shallownet.cli.output;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.training.EpochReport;
import org.shallownet.training.TimeLeft;
import org.shallownet.training.TrainingListener;

/** Shows how the training of one network goes. */
public final class ProgressDisplay extends Display implements TrainingListener {
  private final String scoreName;
  private @Nullable Start start;
  private @Nullable EpochReport last;
  private @Nullable TimeLeft timeLeft;
  private int best;

  /**
   * A display.
   *
   * @param quiet whether to show warnings only
   * @param scoreName what the reports' scores are: {@code accuracy} or {@code rmse}
   */
  public ProgressDisplay(Terminal terminal, boolean quiet, String scoreName) {
    super(terminal, quiet);
    this.scoreName = scoreName;
  }

  @Override
  public void onStart(Start start) {
    this.start = start;
    boolean numbers = start.spec().output().isOfNumbers();
    timeLeft = new TimeLeft(start.patience(), start.epochs(), numbers);
    if (!quiet()) {
      say(
          "Training "
              + start.spec().sizes()
              + " on "
              + start.rows()
              + " rows"
              + (start.devRows() == 0 ? "" : " (" + start.devRows() + " more for dev)")
              + ", "
              + start.device()
              + ", engine "
              + start.engine()
              + ", "
              + start.placement());
    }
  }

  @Override
  public void onResume(List<EpochReport> before) {
    before.stream().filter(EpochReport::best).forEach(report -> best = report.epoch());
    if (!quiet()) {
      int epochs = before.isEmpty() ? 0 : before.get(before.size() - 1).epoch();
      say("Going on after epoch " + epochs);
    }
  }

  @Override
  public void onProgress(Progress progress) {
    showEpochs(progress.epoch() - 1, progress.samples(), progress.seconds());
  }

  @Override
  public void onEpoch(EpochReport report) {
    last = report;
    best = report.best() ? report.epoch() : best;
    showEpochs(report.epoch(), 0, report.seconds());
  }

  private void showEpochs(int epochs, long samples, double seconds) {
    Start begun = start;
    TimeLeft estimate = timeLeft;
    if (!quiet() && begun != null && estimate != null) {
      double done = epochs + (double) samples / begun.rows();
      estimate.note(seconds, done);
      show(
          seconds,
          () ->
              line(begun, epochs, samples, seconds)
                  + StatusLine.left(
                      estimate.of(List.of(new TimeLeft.Course(done, best))), seconds));
    }
  }

  private String line(Start begun, int epochs, long samples, double seconds) {
    double seen = (double) epochs * begun.rows() + samples;
    StringBuilder line = new StringBuilder("epoch ").append(epochs).append('/');
    line.append(begun.epochs());
    EpochReport report = last;
    if (report != null) {
      line.append("  cost ").append(Numbers.significant(report.trainCost()));
      boolean dev = begun.devRows() > 0;
      if (dev) {
        line.append("  dev cost ").append(Numbers.significant(report.devCost()));
      }
      line.append(dev ? "  dev " : "  ").append(scoreName).append(' ');
      line.append(Numbers.significant(dev ? report.devScore() : report.trainScore()));
    }
    line.append("  ").append(Numbers.count(seen / seconds)).append(" rows/s");
    return line.toString();
  }
}
