package org.shallownet.backend.device;

import java.util.List;

/** A recording that performs its operations one by one. */
final class RepeatedOperations extends Recording {
  private final List<Operation<? super Performer>> operations;
  private final Performer performer;

  RepeatedOperations(List<Operation<? super Performer>> operations, Performer performer) {
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
