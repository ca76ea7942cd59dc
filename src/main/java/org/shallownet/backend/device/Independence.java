package org.shallownet.backend.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Whether operations leave each other alone: none writes what another reads or writes. */
final class Independence {
  /** In the place of an operation's number where several read just the same. */
  private static final int SEVERAL = -1;

  private final Map<Allocation, Map<Stretch, Use>> uses = new HashMap<>();

  private Independence() {}

  /** Elements of an allocation that operations read or write; a tally or a counter is one. */
  private record Stretch(long from, long to, boolean written) {
    private static Stretch of(Operand operand, boolean written) {
      return operand instanceof Matrix matrix
          ? new Stretch(matrix.offset(), matrix.offset() + matrix.size(), written)
          : new Stretch(0, 1, written);
    }
  }

  /**
   * What a stretch is to an operation.
   *
   * @param operation its number
   */
  private record Use(int operation, String role) {
    private boolean isOfAnotherThan(Use other) {
      return operation == SEVERAL || operation != other.operation;
    }
  }

  /**
   * Refuses operations one of which writes what another uses.
   *
   * @param operations at least one, of one kind
   * @throws IllegalArgumentException naming both operands
   */
  static void check(List<? extends Operation<?>> operations) {
    Independence independence = new Independence();
    String name = operations.get(0).name();
    for (int i = 0; i < operations.size(); i++) {
      independence.add(i, name, operations.get(i));
    }
    independence.uses.values().forEach(ofMemory -> check(name, ofMemory));
  }

  private void add(int number, String name, Operation<?> operation) {
    operation.operands(
        new Operation.Operands() {
          @Override
          public void add(String role, Operand operand) {
            use(name, new Use(number, role), operand, false);
          }

          @Override
          public void addWritten(String role, Operand operand) {
            use(name, new Use(number, role), operand, true);
          }
        });
  }

  private void use(String name, Use use, Operand operand, boolean written) {
    uses.computeIfAbsent(operand.allocation(), memory -> new HashMap<>())
        .merge(
            Stretch.of(operand, written),
            use,
            (earlier, later) -> {
              if (earlier.isOfAnotherThan(later)) {
                refuse(written, name, later.role, earlier.role);
                return new Use(SEVERAL, later.role);
              }
              return earlier;
            });
  }

  /** Goes through one piece of memory from its beginning on. */
  private static void check(String name, Map<Stretch, Use> ofMemory) {
    List<Map.Entry<Stretch, Use>> inOrder = new ArrayList<>(ofMemory.entrySet());
    inOrder.sort(
        Map.Entry.comparingByKey(
            Comparator.comparingLong(Stretch::from).thenComparingLong(Stretch::to)));
    List<Map.Entry<Stretch, Use>> reaching = new ArrayList<>();
    for (Map.Entry<Stretch, Use> next : inOrder) {
      reaching.removeIf(earlier -> earlier.getKey().to <= next.getKey().from);
      Use use = next.getValue();
      for (Map.Entry<Stretch, Use> earlier : reaching) {
        Use other = earlier.getValue();
        if (use.isOfAnotherThan(other)) {
          refuse(next.getKey().written, name, use.role, other.role);
          refuse(earlier.getKey().written, name, other.role, use.role);
        }
      }
      reaching.add(next);
    }
  }

  private static void refuse(boolean written, String name, String role, String otherRole) {
    Checks.check(
        !written,
        "atOnce: %s, which one %s writes, shares memory with %s of another",
        role,
        name,
        otherRole);
  }
}
