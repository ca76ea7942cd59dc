package org.shallownet.backend;

/**
 * A running sum of costs and a count of hits in a backend's memory, filled by {@link
 * Backend#outputDelta} and {@link Backend#addSquaredNorm}, read by {@link Backend#read}.
 */
public interface Tally {
  /**
   * What a tally held when it was read.
   *
   * @param cost the sum, in double precision
   * @param hits how many samples were predicted right
   */
  record Values(double cost, long hits) {}
}
