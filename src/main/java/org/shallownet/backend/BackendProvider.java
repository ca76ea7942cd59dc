package org.shallownet.backend;

import java.util.List;

/** A way to open a backend, found by {@link java.util.ServiceLoader}. */
public interface BackendProvider {
  /** The name that selects it. */
  String name();

  /** Whether it could be opened now with these options. Throws nothing. */
  Availability probe(BackendOptions options);

  /**
   * What else helps to understand the backend on this machine, such as which libraries it would
   * use. May take a second: libraries are loaded to see whether they can be. Throws nothing.
   */
  default List<Finding> diagnose() {
    return List.of();
  }

  /**
   * The size from which on a job gains from this backend where another is at hand, in multiply-adds
   * of one pass over the data (rows times weights). Automatic choice passes over it for smaller
   * ones.
   */
  default long smallestWork() {
    return 0;
  }

  /**
   * Opens the backend for the calling thread.
   *
   * @throws BackendUnavailableException if {@link #probe} would say so
   */
  Backend open(BackendOptions options);
}
