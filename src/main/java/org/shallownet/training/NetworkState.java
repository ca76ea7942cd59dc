package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.ModelState;
import org.shallownet.network.Weights;

/** How far one network of a {@link TrainingJob} is. */
sealed interface NetworkState {
  /** Its first step is to come. */
  record Waiting() implements NetworkState {}

  /**
   * It is in training.
   *
   * @param run what its run knows
   * @param engine what the engine knows
   * @param name the engine's name
   * @param epochs how many epochs are over
   * @param done how many steps the plan has taken in the one under way
   * @param seconds how long it has been training
   */
  record Training(
      RunState run, ModelState engine, String name, int epochs, long done, double seconds)
      implements NetworkState {}

  /**
   * Its training is over.
   *
   * @param weights those to keep
   * @param history the reports that were kept
   * @param epochs how many whole epochs there were
   * @param bestEpoch the epoch that the weights are from
   * @param ending why it ended
   * @param engine the name of the engine that trained
   * @param seconds how long training took
   * @param samplesPerSecond how many samples it saw in a second
   * @param divergence how it diverged; null if it did not
   */
  record Over(
      Weights weights,
      List<EpochReport> history,
      int epochs,
      int bestEpoch,
      TrainingResult.Ending ending,
      String engine,
      double seconds,
      double samplesPerSecond,
      @Nullable Divergence divergence)
      implements NetworkState {}

  /**
   * How a network diverged.
   *
   * @param message one sentence
   * @param epoch the epoch in which it did
   */
  record Divergence(String message, int epoch) {}
}
