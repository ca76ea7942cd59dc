package org.shallownet.backend.device;

import java.util.List;

/** A recording that performs its operations one by one. */
final class RepeatedOperations extends Recording {
  private final List<Operation> operations;
  private final Operation.Kernels kernels;

  RepeatedOperations(List<Operation> operations, Operation.Kernels kernels) {
    super(0);
    this.operations = operations;
    this.kernels = kernels;
  }

  @Override
  protected void replay() {
    for (Operation operation : operations) {
      operation.on(kernels);
    }
  }

  @Override
  protected void free() {
    // The operations hold nothing but what other allocations own.
  }
}
