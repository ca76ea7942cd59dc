package org.shallownet.training.ensemble;

import java.util.List;
import org.shallownet.training.EpochReport;
import org.shallownet.training.NetworksProgress;
import org.shallownet.training.TrainingResult;
import org.shallownet.training.WarningListener;

/** Hears how the training of an ensemble goes. Calls come from the thread that trains. */
public interface EnsembleListener extends WarningListener {
  /** Training is about to take its first step. */
  default void onStart(Start start) {}

  /**
   * Steps were taken; called several times a second.
   *
   * @param devCost the mean over the networks of the lowest cost on the fold that each left out;
   *     not a number before there is one
   */
  default void onProgress(NetworksProgress progress, double devCost) {}

  /**
   * Training goes on from a checkpoint; heard once for each network, before its first epoch from
   * there. Of networks whose training was over then it is all that is heard, maybe before {@link
   * #onStart}.
   *
   * @param before the reports of the network's epochs before, as {@link TrainingResult#history}
   *     keeps them
   */
  default void onResume(Member member, List<EpochReport> before) {}

  /** An epoch of one network has ended. */
  default void onEpoch(Member member, EpochReport report) {}

  /**
   * What is about to be trained.
   *
   * @param settings which networks, but for families that are left out since no column has
   *     piecewise-linear inputs
   * @param rows the number of samples, of which each network learns from all but a fold
   * @param inputs how many inputs a network has
   * @param allInputs how many it has with the piecewise-linear ones
   * @param device what it runs on
   * @param engine the training engine's name
   * @param placement whether the samples are resident in the device's memory or streamed to it,
   *     with the sizes that decided it
   */
  record Start(
      EnsembleSettings settings,
      long rows,
      int inputs,
      int allInputs,
      String device,
      String engine,
      String placement) {}

  /**
   * One of the networks.
   *
   * @param family what it has in common with others
   * @param fold the fold that it does not learn from, from 0
   */
  record Member(Family family, int fold) {}
}
