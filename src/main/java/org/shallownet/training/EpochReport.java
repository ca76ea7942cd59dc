package org.shallownet.training;

/**
 * What one epoch brought. Of weighted samples all means and scores are weighted.
 *
 * @param epoch the epoch, from 1
 * @param trainCost the mean over the samples of the cost of their batch before its update, L2
 *     included; for regression in standardised units
 * @param devCost the cost on the dev set after the epoch, without L2; NaN without a dev set
 * @param seconds since training began
 * @param trainScore over the epoch's batches before their updates: the accuracy, or for regression
 *     the root mean squared error in the target's units
 * @param devScore the same on the dev set after the epoch; NaN without a dev set
 * @param best whether the weights after this epoch are the best so far (always, without a dev set)
 */
public record EpochReport(
    int epoch,
    double trainCost,
    double devCost,
    double seconds,
    double trainScore,
    double devScore,
    boolean best) {}
