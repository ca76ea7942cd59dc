package org.shallownet.data;

import org.shallownet.data.text.Printable;

/**
 * Data that can't be used. The message is one sentence for the user: what is wrong, where (file,
 * line, column), what to do. Characters of a file that are not seen stand there as escapes: {@link
 * Printable#text}.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with its sentence. */
  public DataException(String message) {
    super(Printable.text(message));
  }

  /** An error with its sentence and what led to it. */
  public DataException(String message, Throwable cause) {
    super(Printable.text(message), cause);
  }

  /** Whether Java says so that a file, which it reads through memory, has become shorter. */
  public static boolean isCutFile(Throwable e) {
    return e instanceof InternalError
        && String.valueOf(e.getMessage()).contains("unsafe memory access operation");
  }
}
