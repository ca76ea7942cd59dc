package org.shallownet.training;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.TrainingEngine;
import org.shallownet.network.Weights;

/**
 * What a {@link ModelRun} knows between two steps, beside what the engine knows of its network.
 *
 * @param bestCost the lowest dev cost so far; infinite before there is one
 * @param bestEpoch the epoch that it is of; 0 before there is one
 * @param history the reports that are kept
 * @param stride every how many epochs a report is kept
 * @param seen what was seen of the epoch under way, or of the last one
 * @param firstCost the cost of the first step; not a number before there is one
 * @param latest without a dev set: the weights that the last epoch to begin began from
 * @param latestEpoch the epoch before that one
 * @param kept the weights to fall back on
 * @param keptEpoch the epoch that they are from
 * @param samplesSeen in all epochs
 * @param rateScale what the schedule has made of the learning rate because of dev costs
 * @param rateEpoch the epoch after which it did so last; 0 before that
 */
record RunState(
    double bestCost,
    int bestEpoch,
    List<EpochReport> history,
    int stride,
    TrainingEngine.Progress seen,
    double firstCost,
    @Nullable Weights latest,
    int latestEpoch,
    @Nullable Weights kept,
    int keptEpoch,
    long samplesSeen,
    double rateScale,
    int rateEpoch) {
  /** Copies the list. */
  RunState {
    history = List.copyOf(history);
  }
}
