package org.shallownet.backend;

import java.util.Set;

/** A recording that knows whose memory it works on. */
public abstract class AbstractRecording extends Allocation implements Recording {
  private Set<BackendScope> scopes = Set.of();

  /**
   * A recording.
   *
   * @param bytes how much memory of the backend it takes itself, as far as that is known
   */
  protected AbstractRecording(long bytes) {
    super(bytes);
  }

  /** Performs the operations. */
  protected abstract void replay();

  final void worksOn(Set<BackendScope> owners) {
    scopes = owners;
  }

  /** Refuses to go on after the memory of an operand has been freed. */
  final void checkOperands() {
    for (BackendScope scope : scopes) {
      if (scope.isClosed()) {
        throw new IllegalStateException("replay: the scope of a recorded operand is closed");
      }
    }
  }
}
