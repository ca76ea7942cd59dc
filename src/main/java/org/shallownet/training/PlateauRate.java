package org.shallownet.training;

import org.shallownet.network.Schedule;

/** What a {@link Schedule.Plateau} makes of the learning rate; other schedules leave it at 1. */
final class PlateauRate {
  private final int patience;
  private final double by;
  private double scale = 1;
  private int epoch;

  PlateauRate(Schedule schedule) {
    boolean falling = schedule instanceof Schedule.Plateau;
    patience = falling ? ((Schedule.Plateau) schedule).patience() : Integer.MAX_VALUE;
    by = falling ? ((Schedule.Plateau) schedule).by() : 1;
  }

  /** What the learning rate is multiplied by. */
  double scale() {
    return scale;
  }

  /** The epoch after which it fell last; 0 before that. */
  int epoch() {
    return epoch;
  }

  /** Goes on where another one has been. */
  void resume(double knownScale, int knownEpoch) {
    scale = knownScale;
    epoch = knownEpoch;
  }

  /**
   * An epoch has been judged.
   *
   * @param best the epoch with the lowest dev cost so far
   * @return whether the rate falls now
   */
  boolean falls(int judged, int best) {
    if (judged - Math.max(best, epoch) < patience) {
      return false;
    }
    scale *= by;
    epoch = judged;
    return true;
  }
}
