package org.shallownet.training;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.device.BackendException;
import org.shallownet.backend.device.DeviceMemoryException;
import org.shallownet.data.DataException;
import org.shallownet.model.Model;

/**
 * Something failed while training: the device, memory, the reading of samples, a listener; what had
 * been learned is kept.
 */
public final class TrainingFaultException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int epoch;
  private final Throwable reason;
  private final transient @Nullable Model best;

  /**
   * Says what happened.
   *
   * @param epoch the epoch in which it happened; 0 if it was before the first
   * @param best the best model before that; null if no epoch had ended by then
   * @param cause what failed
   */
  public TrainingFaultException(int epoch, @Nullable Model best, Throwable cause) {
    super(
        (epoch == 0 ? "training could not begin: " : "training ended in epoch " + epoch + ": ")
            + what(cause),
        cause);
    this.epoch = epoch;
    this.reason = cause;
    this.best = best;
  }

  private static String what(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      return "Java has no more memory (" + cause.getMessage() + ")";
    }
    if (DataException.isCutFile(cause)) {
      return "a file of the data became shorter while it was read";
    }
    // Of what nobody foresaw the type says more than the message.
    boolean foreseen = isOfDevice(cause) || cause instanceof DeviceMemoryException;
    return foreseen ? String.valueOf(cause.getMessage()) : cause.toString();
  }

  /** What failed. */
  public Throwable reason() {
    return reason;
  }

  /** Whether memory ran out, the device's or Java's, and all else works on. */
  public boolean isOutOfMemory() {
    return reason instanceof DeviceMemoryException || reason instanceof OutOfMemoryError;
  }

  /** Whether it was the device, which works no more. */
  public boolean isOfDevice() {
    return isOfDevice(reason);
  }

  private static boolean isOfDevice(Throwable cause) {
    return cause instanceof BackendException;
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
