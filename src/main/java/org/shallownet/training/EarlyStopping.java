package org.shallownet.training;

/** Watches the dev cost: which epoch was the best, and whether it is time to stop. */
final class EarlyStopping {
  private final int patience;
  private double bestCost = Double.POSITIVE_INFINITY;
  private int bestEpoch;

  /**
   * Begins to watch.
   *
   * @param patience how many epochs without a new best cost end training
   */
  EarlyStopping(int patience) {
    this.patience = patience;
  }

  /** Goes on from what another one noted. */
  void resume(double lowestCost, int epoch) {
    bestCost = lowestCost;
    bestEpoch = epoch;
  }

  /** The lowest dev cost; infinite before there is one. */
  double bestCost() {
    return bestCost;
  }

  /** Whether this dev cost is finite and the lowest so far; nothing is noted. */
  boolean wouldBeBest(double devCost) {
    return isLower(devCost, bestCost);
  }

  /** Whether a dev cost is finite and below the lowest one before. */
  static boolean isLower(double devCost, double lowest) {
    return Double.isFinite(devCost) && devCost < lowest;
  }

  /** Takes note of an epoch's dev cost; true if it is the lowest so far. */
  boolean isBest(int epoch, double devCost) {
    if (wouldBeBest(devCost)) {
      bestCost = devCost;
      bestEpoch = epoch;
      return true;
    }
    return false;
  }

  /** After how many epochs patience runs out behind this one, if none is better. */
  int left(int epoch) {
    return patience - (epoch - bestEpoch);
  }

  /** Whether patience has run out after this epoch. */
  boolean shouldStop(int epoch) {
    return left(epoch) <= 0;
  }

  /** The epoch with the lowest dev cost; 0 before there is one. */
  int bestEpoch() {
    return bestEpoch;
  }
}
