package org.shallownet.training;

import org.shallownet.backend.BackendException;

/** The device failed, or its memory ran out, in a comparison; what had been learned is kept. */
public final class ComparisonFaultException extends BackendException {
  private static final long serialVersionUID = 1L;

  private final transient ComparisonResult result;

  /**
   * Says what happened.
   *
   * @param result what had been found by then
   * @param cause how the trainings still under way ended
   */
  ComparisonFaultException(ComparisonResult result, TrainingFaultException cause) {
    super(String.valueOf(cause.getMessage()), cause);
    this.result = result;
  }

  /** What had been found by then; networks still in training have ended as failed. */
  public ComparisonResult result() {
    return result;
  }
}
