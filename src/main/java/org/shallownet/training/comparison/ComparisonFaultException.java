package org.shallownet.training.comparison;

import org.shallownet.training.TrainingFaultException;

/**
 * Something failed in a comparison: the device, memory that does not hold some network, the reading
 * of samples, a listener; what was learned is kept.
 */
public final class ComparisonFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ComparisonResult result;
  private final TrainingFaultException fault;

  /**
   * Says what happened.
   *
   * @param result what had been found by then
   * @param cause how the trainings that failed ended, or one that came after them
   */
  public ComparisonFaultException(ComparisonResult result, TrainingFaultException cause) {
    super(String.valueOf(cause.getMessage()), cause);
    this.result = result;
    this.fault = cause;
  }

  /**
   * Whether all that failed is networks that the memory does not hold; the others were trained to
   * their ends.
   */
  public boolean isOutOfMemory() {
    return fault.isOutOfMemory();
  }

  /** What prevented the trainings that failed, as whoever failed said it. */
  public Throwable reason() {
    return fault.reason();
  }

  /** What had been found; networks that waited or were still in training have ended as failed. */
  public ComparisonResult result() {
    return result;
  }
}
