package org.shallownet.training;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.model.Model;

/**
 * What training gave.
 *
 * @param model the model to keep: with the weights of the best epoch by dev cost, or without a dev
 *     set the last ones; null of a network that never began, of a comparison only
 * @param history a report for each whole epoch; of more than 16,384 epochs for every second,
 *     fourth, … one, and always for the best and the last, so that its length has a bound. All
 *     networks of a training together have at most 1,048,576 beside those of the best and the last:
 *     from 65 networks on, fewer each.
 * @param epochs how many whole epochs there were
 * @param bestEpoch the epoch that the weights are from; without a dev set the last one; 0 if they
 *     are the first weights, since training ended before there were others to keep
 * @param ending why it ended
 * @param engine the name of the engine that trained
 * @param seconds how long training took, loading excluded
 * @param samplesPerSecond how many training samples were processed in a second
 */
public record TrainingResult(
    @Nullable Model model,
    List<EpochReport> history,
    int epochs,
    int bestEpoch,
    Ending ending,
    String engine,
    double seconds,
    double samplesPerSecond) {
  /** Why training ended. */
  public enum Ending {
    /** All epochs were done. */
    COMPLETED,
    /** The dev cost did not fall any more. */
    STOPPED_EARLY,
    /** It was asked to stop. */
    INTERRUPTED,
    /** The cost grew beyond all bounds: of a comparison only, since a trainer throws. */
    DIVERGED,
    /** The device failed, or its memory does not hold the network: of a comparison only, too. */
    FAILED
  }

  /** Copies the history. */
  public TrainingResult {
    history = List.copyOf(history);
  }

  /**
   * The model to keep.
   *
   * @throws IllegalStateException if the network never began
   */
  @Override
  public Model model() {
    if (model == null) {
      throw new IllegalStateException("this network never began, so there is no model of it");
    }
    return model;
  }

  /**
   * The report of the epoch that the weights are from; none if they are the first weights or from
   * the middle of an epoch.
   */
  public Optional<EpochReport> best() {
    return history.stream().filter(report -> report.epoch() == bestEpoch).findFirst();
  }

  /**
   * The cost on training rows in the epoch that the weights are from; where they are from the
   * middle of an epoch, in the one before.
   *
   * @throws IllegalStateException if no epoch has ended
   */
  public double trainCost() {
    if (history.isEmpty()) {
      throw new IllegalStateException("no epoch of this network has ended");
    }
    return best().orElseGet(() -> history.get(history.size() - 1)).trainCost();
  }
}
