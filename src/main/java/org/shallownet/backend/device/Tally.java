package org.shallownet.backend.device;

/**
 * Running sums of costs, hits and weights in a device's memory, filled by {@link
 * OutputOperation.OutputDelta} and {@link SumOperation.AddSquaredNorm}, read by {@link
 * Device#read}.
 */
public abstract class Tally implements Operand {
  private final Allocation allocation;

  /** A tally in this memory. */
  protected Tally(Allocation allocation) {
    this.allocation = allocation;
  }

  @Override
  public final Allocation allocation() {
    return allocation;
  }

  /**
   * What a tally held when it was read.
   *
   * @param cost the sum of the costs, each multiplied by its sample's weight, in double precision
   * @param hits the sum of the weights of the samples predicted right; without weights their number
   * @param weight the sum of the samples' weights; without weights their number
   */
  public record Values(double cost, double hits, double weight) {}
}
