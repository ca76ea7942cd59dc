package org.shallownet.backend;

/** Owns the matrices and tallies that are allocated in it and frees them when it closes. */
public sealed interface Scope extends AutoCloseable permits BackendScope {
  /** Frees everything allocated in this scope; a second call does nothing. */
  @Override
  void close();
}
