package org.shallownet.backend;

/** A way to open a backend, found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** The name that selects it. */
  String name();

  /** Whether it could be opened now with these options. Throws nothing. */
  Availability probe(BackendOptions options);

  /**
   * Opens the backend for the calling thread.
   *
   * @throws BackendUnavailableException if {@link #probe} would say so
   */
  Backend open(BackendOptions options);
}
