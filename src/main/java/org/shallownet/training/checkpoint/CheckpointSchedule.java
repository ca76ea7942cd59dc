package org.shallownet.training.checkpoint;

import java.time.Duration;

/**
 * How often a training writes its checkpoint: every so many seconds, or every so many epochs.
 *
 * <p>Seconds are as good as kept: it is written between two steps, and less often where writing it
 * would take more than a tenth of the time. A number of epochs is kept however long writing takes.
 *
 * @param seconds from one to the next; 0 if epochs count
 * @param epochs from one to the next; 0 if seconds count
 * @param atOnce whether a training that is stopped before the first one was due writes one all the
 *     same
 */
public record CheckpointSchedule(double seconds, int epochs, boolean atOnce) {
  /** Checks that one of the two counts. */
  public CheckpointSchedule {
    if (!(seconds >= 0) || epochs < 0 || (seconds > 0) == (epochs > 0)) {
      throw new IllegalArgumentException(
          "checkpoints are written every so many seconds, or every so many epochs, above 0");
    }
  }

  /**
   * After this much time, and when training is stopped.
   *
   * @param time above 0
   */
  public static CheckpointSchedule every(Duration time) {
    return new CheckpointSchedule(time.toNanos() * 1e-9, 0, true);
  }

  /**
   * After this many epochs, and when training is stopped.
   *
   * @param epochs at least 1
   */
  public static CheckpointSchedule everyEpochs(int epochs) {
    return new CheckpointSchedule(0, epochs, true);
  }

  /**
   * After this much time; of a training that ends or is stopped before there is none.
   *
   * @param time above 0
   */
  public static CheckpointSchedule onceItLasts(Duration time) {
    return new CheckpointSchedule(time.toNanos() * 1e-9, 0, false);
  }
}
