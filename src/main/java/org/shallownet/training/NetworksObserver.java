package org.shallownet.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Puts together what the networks of a job report; of one job. */
public abstract class NetworksObserver implements TrainingRun.Observer {
  private final int networks;
  private final double rows;
  private final TimeLeft timeLeft;
  private final Consumer<String> warnings;
  private final Map<Integer, TimeLeft.Course> courses = new HashMap<>();
  private final long began = System.nanoTime();

  /** How many seconds came before, of a job that is resumed. */
  private double before;

  private String engine = "";
  private boolean split;
  private int training;
  private int over;

  /** How many epochs networks of this group have ended, all together. */
  private long ended;

  /**
   * An observer.
   *
   * @param networks how many are to be trained
   * @param rows how many samples a network sees in an epoch
   */
  public NetworksObserver(int networks, double rows, TimeLeft timeLeft, Consumer<String> warnings) {
    this.networks = networks;
    this.rows = rows;
    this.timeLeft = timeLeft;
    this.warnings = warnings;
  }

  /** The first networks are about to take their first step. */
  protected abstract void begin(TrainingSession session);

  /** These epochs of a network had ended before the checkpoint that is gone on from. */
  protected abstract void recall(int number, List<EpochReport> before);

  /** An epoch of a network has ended. */
  protected abstract void hear(ModelRun model, EpochReport report);

  /** This is how far all of them are. */
  protected abstract void tell(NetworksProgress progress);

  /** The engine of those that began first; empty before. */
  public final String engine() {
    return engine;
  }

  /** How long the networks have been training, what they are resumed from included. */
  public final double seconds() {
    return before + elapsed();
  }

  private double elapsed() {
    return (System.nanoTime() - began) * 1e-9;
  }

  @Override
  public final void onStart(TrainingSession session, int some) {
    training = some;
    ended = 0;
    courses.clear();
    timeLeft.begin();
    if (!engine.isEmpty()) {
      return;
    }
    engine = session.engine().name();
    begin(session);
    if (split) {
      warnings.accept(
          "the backend's memory does not hold all networks at once; some wait for others");
    }
  }

  @Override
  public final void onSplit() {
    split = true;
  }

  @Override
  public final void onResume(int number, List<EpochReport> history) {
    for (EpochReport report : history) {
      note(number, report);
    }
    count(history);
    recall(number, history);
  }

  private void count(List<EpochReport> history) {
    if (!history.isEmpty()) {
      before = Math.max(before, history.get(history.size() - 1).seconds());
    }
  }

  @Override
  public final void onProgress(int epoch, long samples, double seconds) {
    tell(epoch - 1, samples);
  }

  @Override
  public final void onEpoch(ModelRun model, EpochReport report) {
    note(model.number(), report);
    ended++;
    hear(model, report);
    tell(report.epoch(), 0);
  }

  private void note(int number, EpochReport report) {
    TimeLeft.Course before = courses.get(number);
    int best = report.best() || before == null ? report.epoch() : before.best();
    courses.put(number, new TimeLeft.Course(report.epoch(), best));
  }

  @Override
  public final void onEnd(ModelRun model) {
    courses.remove(model.number());
    training--;
    over++;
  }

  @Override
  public final void onLeftOut(int number, List<EpochReport> history) {
    over++;
    count(history);
    recall(number, history);
  }

  private void tell(int epochs, long samples) {
    double part = samples / rows;
    timeLeft.note(elapsed(), ended + training * part);
    List<TimeLeft.Course> running = new ArrayList<>();
    courses
        .values()
        .forEach(course -> running.add(new TimeLeft.Course(course.epochs() + part, course.best())));
    while (running.size() < training) {
      running.add(new TimeLeft.Course(part, 0));
    }
    boolean waiting = training + over < networks;
    TimeLeft.Estimate left = waiting ? TimeLeft.Estimate.NONE : timeLeft.of(running);
    tell(new NetworksProgress(epochs, samples, training, over, seconds(), left));
  }
}
