package org.shallownet.backend;

import java.util.List;

/** A recording that calls its operations one by one. */
final class RepeatedCalls extends AbstractRecording {
  private final List<Runnable> operations;

  RepeatedCalls(List<Runnable> operations) {
    super(0);
    this.operations = operations;
  }

  @Override
  protected void replay() {
    for (Runnable operation : operations) {
      operation.run();
    }
  }

  @Override
  protected void free() {
    // The operations hold nothing but what other allocations own.
  }
}
