package org.shallownet.backend.device;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes down operations that have been checked, and who owns what they work on. */
final class Recorder {
  private final List<Operation<? super Performer>> operations = new ArrayList<>();
  private final Set<Owner> owners = new LinkedHashSet<>();

  void add(Operation<? super Performer> operation) {
    operations.add(operation);
  }

  void use(Owner owner) {
    owners.add(owner);
  }

  List<Operation<? super Performer>> operations() {
    return List.copyOf(operations);
  }

  /** The owners of the operands; all of them must still be open. */
  Set<Owner> owners() {
    if (owners.stream().anyMatch(Owner::isClosed)) {
      throw new IllegalStateException("record: the scope of a recorded operand is closed");
    }
    return Set.copyOf(owners);
  }
}
