package org.shallownet.backend.device;

/**
 * A fault in a device or its libraries. The backend can't be used afterwards, except to close it.
 */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A fault that was found rather than reported by the device. */
  public BackendException(String message) {
    super(message);
  }

  /** A fault with what was being done and what the device said. */
  public BackendException(String message, Throwable cause) {
    super(message, cause);
  }
}
