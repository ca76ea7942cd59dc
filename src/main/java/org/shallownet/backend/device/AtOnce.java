package org.shallownet.backend.device;

import static org.shallownet.backend.device.Checks.check;

import java.util.List;

/**
 * Operations of one kind that don't depend on each other, such as the same step of several
 * networks: a device may perform them at once, or in any order, with the results that each has
 * alone.
 *
 * @param operations at least one, all of the same class; what one of them writes no other reads or
 *     writes
 * @param <P> what can perform them
 */
public record AtOnce<P>(List<Operation<? super P>> operations)
    implements Operation<AtOnce.Performer<P>> {
  /**
   * How a device performs them.
   *
   * @param <P> what can perform the single operations
   */
  public interface Performer<P> {
    void run(AtOnce<P> operations);
  }

  public AtOnce {
    operations = List.copyOf(operations);
    check(!operations.isEmpty(), "atOnce: at least 1 operation is needed");
    Operation<?> first = operations.get(0);
    check(!(first instanceof AtOnce), "atOnce: operations at once can't be parts of others");
    for (Operation<?> operation : operations) {
      check(
          operation.getClass() == first.getClass(),
          "atOnce: %s and %s are of different kinds",
          first.name(),
          operation.name());
    }
    Independence.check(operations);
  }

  @Override
  public void operands(Operands operands) {
    operations.forEach(operation -> operation.operands(operands));
  }

  @Override
  public void on(Performer<P> performer) {
    performer.run(this);
  }
}
