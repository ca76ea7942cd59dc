package org.shallownet.cli;

/** What a command's exit status means; scripts depend on these numbers. */
final class ExitCode {
  static final int OK = 0;

  /** A fault of ours. */
  static final int FAULT = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** The data or the model is wrong. */
  static final int DATA = 3;

  /** The backend asked for can't be used. */
  static final int BACKEND = 4;

  /** Training diverged. */
  static final int DIVERGED = 5;

  /** A file can't be read or written. */
  static final int FILE_SYSTEM = 6;

  /** The device failed while it was computing. */
  static final int DEVICE = 7;

  /** There is not enough memory, Java's or the card's. */
  static final int MEMORY = 8;

  /** Ctrl-C or a request to end. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
