package org.shallownet.training;

import java.util.List;
import org.shallownet.network.NetworkSpec;

/** Hears how training goes. Calls come from the thread that trains. */
public interface TrainingListener extends WarningListener {
  /** Training is about to take its first step. */
  default void onStart(Start start) {}

  /**
   * Training goes on from a checkpoint; heard once, after {@link #onStart}.
   *
   * @param before the reports of the epochs before, as {@link TrainingResult#history} keeps them
   */
  default void onResume(List<EpochReport> before) {}

  /** Steps were taken; called several times a second in long epochs. */
  default void onProgress(Progress progress) {}

  /**
   * An epoch has ended. Of epochs that an engine took by itself, all are heard of after the last
   * ({@link Training#stopWhen}).
   */
  void onEpoch(EpochReport report);

  /**
   * What is about to be trained.
   *
   * @param spec the network
   * @param rows the number of training samples
   * @param devRows the number of dev samples; 0 without a dev set
   * @param epochs how many epochs there will be at most
   * @param patience how many epochs without a lower dev cost end training; 0 without a dev set
   * @param device what it runs on
   * @param engine the training engine's name
   * @param placement whether the samples are resident in the device's memory or streamed to it,
   *     with the sizes that decided it
   */
  record Start(
      NetworkSpec spec,
      long rows,
      long devRows,
      int epochs,
      int patience,
      String device,
      String engine,
      String placement) {}

  /**
   * How far training is.
   *
   * @param epoch the epoch under way, from 1
   * @param samples how many samples of this epoch have been seen
   * @param seconds since training began
   */
  record Progress(int epoch, long samples, double seconds) {}
}
