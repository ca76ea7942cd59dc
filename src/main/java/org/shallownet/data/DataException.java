package org.shallownet.data;

/**
 * Data that can't be used. The message is one sentence for the user: what is wrong, where (file,
 * line, column), what to do.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with its sentence. */
  public DataException(String message) {
    super(message);
  }

  /** An error with its sentence and what led to it. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
