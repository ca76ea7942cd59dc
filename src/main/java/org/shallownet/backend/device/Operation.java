package org.shallownet.backend.device;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something that a device computes. Its permitted kinds, a file for each topic, are the list of the
 * primitives, each declared once.
 *
 * <p>Rules for all of them:
 *
 * <ul>
 *   <li>The destination comes last and nothing else is written. It shares no memory with an operand
 *       unless the operation says that it may.
 *   <li>Every positive shape works.
 *   <li>Not-a-number and infinities go through the arithmetic as IEEE 754 says; none is hidden.
 * </ul>
 *
 * <p>Shapes and overlaps are checked when an operation is made ({@link IllegalArgumentException}),
 * owners when it is run or recorded. What memory holds, counters included, is read when it runs: so
 * that running it, recording it and replaying it are one mechanism.
 *
 * @param <P> what must be able to perform it: of its topic, or a whole {@link Performer}
 */
public sealed interface Operation<P>
    permits ProductOperation,
        ElementwiseOperation,
        OutputOperation,
        SumOperation,
        RefinementOperation,
        UpdateOperation,
        GradientPass,
        OutputPass,
        AtOnce {
  /** Names everything that it reads and writes. */
  void operands(Operands operands);

  /** Has a device perform it. */
  void on(P performer);

  /** What it is called in messages, such as {@code stackedGemm}. */
  default String name() {
    String type = getClass().getSimpleName();
    return type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
  }

  /** Is told of operands. */
  interface Operands {
    /**
     * An operand.
     *
     * @param role what it is in the operation, for messages
     */
    void add(String role, Operand operand);

    /** An operand that the operation writes, whether it reads it or not. */
    default void addWritten(String role, Operand operand) {
      add(role, operand);
    }

    /** An operand that may be left out: null. */
    default void addIfThere(String role, @Nullable Operand operand) {
      if (operand != null) {
        add(role, operand);
      }
    }
  }
}
