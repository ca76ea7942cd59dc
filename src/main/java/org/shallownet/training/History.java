package org.shallownet.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reports of a training's epochs, of which it keeps a bounded number: all of them, and once
 * those are too many every second, fourth, … one; and always that of the best epoch and the last.
 */
final class History {
  /** How many reports are kept at most, beside those of the best epoch and the last. */
  static final int MOST = 16_384;

  /** The same for all networks of a job together: about 64 MiB of them. */
  static final int MOST_OF_ALL = 1 << 20;

  private final List<EpochReport> reports = new ArrayList<>();
  private final int most;
  private @Nullable EpochReport best;
  private @Nullable EpochReport last;
  private int stride = 1;

  /**
   * An empty one.
   *
   * @param most how many reports are kept at most, beside those of the best epoch and the last
   */
  History(int most) {
    this.most = most;
  }

  /**
   * How many reports each network of a job may keep, so that all of them together stay bounded.
   *
   * @param networks how many there are
   */
  static int most(int networks) {
    return Math.max(1, Math.min(MOST, MOST_OF_ALL / networks));
  }

  /** Every how many epochs a report is kept. */
  int stride() {
    return stride;
  }

  /** Adds the report of the next epoch. */
  void add(EpochReport report) {
    last = report;
    if (report.best()) {
      best = report;
    }
    keep(report);
  }

  private void keep(EpochReport report) {
    if (!isKept(report)) {
      return;
    }
    if (reports.size() == most) {
      stride *= 2;
      reports.removeIf(kept -> !isKept(kept));
      keep(report);
    } else {
      reports.add(report);
    }
  }

  private boolean isKept(EpochReport report) {
    return (report.epoch() - 1) % stride == 0;
  }

  /** Takes up what another history of the same training kept. */
  void resume(List<EpochReport> kept, int everyEpochs) {
    stride = everyEpochs;
    kept.forEach(this::add);
  }

  /** How many epochs there were. */
  int epochs() {
    EpochReport newest = last;
    return newest == null ? 0 : newest.epoch();
  }

  /** What is kept, in the order of the epochs. */
  List<EpochReport> reports() {
    List<EpochReport> all = new ArrayList<>(reports);
    for (EpochReport extra : new @Nullable EpochReport[] {best, last}) {
      if (extra != null && !all.contains(extra)) {
        all.add(extra);
      }
    }
    all.sort(Comparator.comparingInt(EpochReport::epoch));
    return all;
  }
}
