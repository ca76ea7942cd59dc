package org.shallownet.training.comparison;

import org.jspecify.annotations.Nullable;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.WarningListener;

/** Hears how a comparison goes. Calls come from the thread that trains. */
public interface ComparisonListener extends WarningListener {
  /** Training is about to take its first step. */
  default void onStart(Start start) {}

  /**
   * Steps were taken, or an epoch has ended; called several times a second in long epochs.
   *
   * @param leader what has the lowest dev cost so far; null before there is one
   */
  void onProgress(NetworksProgress progress, @Nullable Leader leader);

  /**
   * What is about to be trained.
   *
   * @param networks how many networks, all seeds counted
   * @param rows the number of training samples; where folds judge, all of them
   * @param devRows the number of dev samples; 0 where folds judge
   * @param folds how many folds judge; 0 where a dev set does
   * @param epochs how many epochs there will be at most
   * @param device what it runs on
   * @param engine the training engine's name
   * @param placement whether the samples are resident in the device's memory or streamed to it,
   *     with the sizes that decided it
   */
  record Start(
      int networks,
      long rows,
      long devRows,
      int folds,
      int epochs,
      String device,
      String engine,
      String placement) {}

  /**
   * The best so far.
   *
   * @param devCost the lowest dev cost of any network; where folds judge, the mean over the
   *     networks of the best candidate of which each has ended an epoch
   * @param devScore the dev score of the same epochs
   */
  record Leader(Candidate candidate, double devCost, double devScore) {}
}
