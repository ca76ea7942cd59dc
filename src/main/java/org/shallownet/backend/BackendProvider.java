package org.shallownet.backend;

/** A way to open a backend, found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** The name that selects it. */
  String name();

  /** Whether it could be opened now with these options. Throws nothing. */
  Availability probe(BackendOptions options);

  /**
   * What else helps to understand the backend on this machine, such as which libraries it would
   * use, in a sentence for people; empty if nothing. May take a second: libraries are loaded to see
   * whether they can be. Throws nothing.
   */
  default String diagnose() {
    return "";
  }

  /**
   * Opens the backend for the calling thread.
   *
   * @throws BackendUnavailableException if {@link #probe} would say so
   */
  Backend open(BackendOptions options);
}
