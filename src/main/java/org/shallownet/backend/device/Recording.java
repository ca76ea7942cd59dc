package org.shallownet.backend.device;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A sequence of operations that {@link Device#record} has taken down and {@link Device#replay}
 * performs, as often as wanted, with the operands and numbers that they were recorded with.
 */
public abstract class Recording extends Allocation {
  private Set<Owner> owners = Set.of();

  /**
   * A recording.
   *
   * @param bytes how much memory of the device it takes itself, as far as that is known
   */
  protected Recording(long bytes) {
    super(bytes);
  }

  /** Performs the operations. */
  protected abstract void replay();

  final void worksOn(Set<Owner> operandOwners) {
    owners = operandOwners;
  }

  /** Refuses to go on after the memory of an operand has been freed. */
  final void checkOperands() {
    if (owners.stream().anyMatch(Owner::isClosed)) {
      throw new IllegalStateException("replay: the scope of a recorded operand is closed");
    }
  }

  /** Takes down operations that have been checked, and who owns what they work on. */
  static final class Recorder {
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

  /** A recording that performs its operations one by one. */
  static final class OneByOne extends Recording {
    private final List<Operation<? super Performer>> operations;
    private final Performer performer;

    OneByOne(List<Operation<? super Performer>> operations, Performer performer) {
      super(0);
      this.operations = operations;
      this.performer = performer;
    }

    @Override
    protected void replay() {
      for (Operation<? super Performer> operation : operations) {
        operation.on(performer);
      }
    }

    @Override
    protected void free() {
      // The operations hold nothing but what other allocations own.
    }
  }
}
