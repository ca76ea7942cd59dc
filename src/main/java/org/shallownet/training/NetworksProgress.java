package org.shallownet.training;

/**
 * How far the training of several networks is.
 *
 * @param epochs how many epochs the networks in training have behind them
 * @param samples how many samples of the epoch under way each of them has seen
 * @param training how many networks are in training
 * @param over how many have ended, by whatever way
 * @param seconds since training began
 * @param left how long it will still take; {@link TimeLeft.Estimate#NONE} while networks wait for
 *     others
 */
public record NetworksProgress(
    int epochs, long samples, int training, int over, double seconds, TimeLeft.Estimate left) {}
