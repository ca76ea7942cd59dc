package org.shallownet.cli;

import java.io.IOException;

/** A model is not where it should be; the sentence is complete as it is. */
final class SavedElsewhereException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /**
   * Says where the model is.
   *
   * @param cause what kept it from being written where it should be
   * @param exitCode for that
   */
  SavedElsewhereException(String sentence, Throwable cause, int exitCode) {
    super(sentence, cause);
    this.exitCode = exitCode;
  }

  /** The exit code for what kept the model from being written. */
  int exitCode() {
    return exitCode;
  }
}
