package org.shallownet.backend;

/**
 * Running sums of costs, hits and weights in a backend's memory, filled by {@link
 * Backend#outputDelta} and {@link Backend#addSquaredNorm}, read by {@link Backend#read}.
 */
public interface Tally {
  /**
   * What a tally held when it was read.
   *
   * @param cost the sum of the costs, each multiplied by its sample's weight, in double precision
   * @param hits the sum of the weights of the samples predicted right; without weights their number
   * @param weight the sum of the samples' weights; without weights their number
   */
  record Values(double cost, double hits, double weight) {}
}
