package org.shallownet.backend;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes down operations that have been checked, and who owns what they work on. */
final class Recorder {
  private final List<Runnable> operations = new ArrayList<>();
  private final Set<BackendScope> scopes = new LinkedHashSet<>();

  void add(Runnable operation) {
    operations.add(operation);
  }

  void use(BackendScope owner) {
    scopes.add(owner);
  }

  List<Runnable> operations() {
    return List.copyOf(operations);
  }

  /** The owners of the operands; all of them must still be open. */
  Set<BackendScope> scopes() {
    if (scopes.stream().anyMatch(BackendScope::isClosed)) {
      throw new IllegalStateException("record: the scope of a recorded operand is closed");
    }
    return Set.copyOf(scopes);
  }
}
