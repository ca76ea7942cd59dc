package org.shallownet.backend.device;

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
}
