package org.shallownet.backend.device;

/**
 * What a device implements: how it performs each operation. Operands are its own, open and of
 * fitting shapes, destinations overlap nothing that they must not.
 */
public interface Performer
    extends ProductOperation.Performer,
        ElementwiseOperation.Performer,
        OutputOperation.Performer,
        SumOperation.Performer,
        RefinementOperation.Performer,
        UpdateOperation.Performer,
        GradientPass.Performer,
        OutputPass.Performer,
        AtOnce.Performer<Performer> {
  /** By default one after the other. */
  @Override
  default void run(AtOnce<Performer> operations) {
    operations.operations().forEach(operation -> operation.on(this));
  }
}
