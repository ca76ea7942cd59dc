package org.shallownet.training;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.model.Model;

/** The device failed, or its memory ran out, while training; what had been learned is kept. */
public final class TrainingFaultException extends BackendException {
  private static final long serialVersionUID = 1L;

  private final int epoch;
  private final RuntimeException reason;
  private final transient @Nullable Model best;

  /**
   * Says what happened.
   *
   * @param epoch the epoch in which it happened; 0 if it was before the first
   * @param best the best model before that; null if no epoch had ended by then
   * @param cause the backend's exception
   */
  public TrainingFaultException(int epoch, @Nullable Model best, RuntimeException cause) {
    super(
        (epoch == 0 ? "training could not begin: " : "training ended in epoch " + epoch + ": ")
            + cause.getMessage(),
        cause);
    this.epoch = epoch;
    this.reason = cause;
    this.best = best;
  }

  /** The backend's exception. */
  public RuntimeException reason() {
    return reason;
  }

  /** Whether memory ran out, and the device works on. */
  public boolean isOutOfMemory() {
    return reason instanceof DeviceMemoryException;
  }

  /** The epoch in which it happened; 0 if it was before the first. */
  public int epoch() {
    return epoch;
  }

  /** The best model before that, if an epoch had ended by then. */
  public Optional<Model> best() {
    return Optional.ofNullable(best);
  }
}
