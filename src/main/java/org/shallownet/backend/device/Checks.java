package org.shallownet.backend.device;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.NetworkSpec;
import org.shallownet.network.Output;

/**
 * Checks of the shapes and places of operands; a refusal says which operation and which operand.
 */
final class Checks {
  private Checks() {}

  static void check(boolean condition, String message, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, message, arguments));
    }
  }

  /** A matrix fits an array from an offset on. */
  static void fits(String operation, String role, int length, int offset, Matrix matrix) {
    check(
        offset >= 0 && matrix.size() <= (long) length - offset,
        "%s: %s has %s floats, a matrix of %s from offset %s on does not fit",
        operation,
        role,
        length,
        matrix,
        offset);
  }

  static void sameShape(String operation, String roleA, Matrix a, String roleB, Matrix b) {
    check(
        a.rows() == b.rows() && a.columns() == b.columns(),
        "%s: %s %s and %s %s differ in shape",
        operation,
        roleA,
        a,
        roleB,
        b);
  }

  /** One row with as many columns as a matrix. */
  static void rowOf(String operation, String rowRole, Matrix row, String role, Matrix matrix) {
    check(
        row.rows() == 1 && row.columns() == matrix.columns(),
        "%s: %s must be 1×%s for %s of %s, not %s",
        operation,
        rowRole,
        matrix.columns(),
        role,
        matrix,
        row);
  }

  static void apart(String operation, String roleA, Matrix a, String roleB, Matrix b) {
    check(!a.overlaps(b), "%s: %s %s and %s %s share memory", operation, roleA, a, roleB, b);
  }

  /** The shapes of {@code C = op(A) op(B)}. */
  static void product(
      String operation, boolean transposeA, Matrix a, boolean transposeB, Matrix b, Matrix c) {
    long rows = transposeA ? a.columns() : a.rows();
    long depth = transposeA ? a.rows() : a.columns();
    long depthB = transposeB ? b.columns() : b.rows();
    long columns = transposeB ? b.rows() : b.columns();
    check(
        depth == depthB && rows == c.rows() && columns == c.columns(),
        "%s: A of %s%s times B of %s%s does not give C of %s",
        operation,
        a,
        transposeA ? " transposed" : "",
        b,
        transposeB ? " transposed" : "",
        c);
  }

  /** What the derivative of a cost by the logits is computed from, and where it goes. */
  static void delta(String operation, Output output, Matrix logits, Matrix targets, Matrix delta) {
    int weights = targets.columns() - output.targetColumns(logits.columns());
    check(
        targets.rows() == logits.rows() && (weights == 0 || weights == 1),
        "%s: targets of %s do not fit logits of %s with %s output",
        operation,
        targets,
        logits,
        output);
    sameShape(operation, "the logits", logits, "delta", delta);
    apart(operation, "the targets", targets, "delta", delta);
    if (!logits.sameAs(delta)) {
      apart(operation, "the logits", logits, "delta", delta);
    }
  }

  /** The parts {@code W[1], b[1], W[2], …} of a network. */
  static void parametersOf(String operation, NetworkSpec network, String role, MatrixGroup group) {
    boolean fit = group.parts().size() == 2 * network.layerCount();
    for (int l = 1; fit && l <= network.layerCount(); l++) {
      Matrix weights = group.part(2 * l - 2);
      Matrix biases = group.part(2 * l - 1);
      fit =
          weights.rows() == network.units(l)
              && weights.columns() == network.units(l - 1)
              && biases.rows() == 1
              && biases.columns() == network.units(l);
    }
    check(fit, "%s: %s are not those of a %s network", operation, role, network.sizes());
  }

  /** A single number that a step's rate is multiplied by. */
  static void factor(String operation, @Nullable Matrix factor, Matrix theta) {
    if (factor != null) {
      check(
          factor.rows() == 1 && factor.columns() == 1,
          "%s: the factor must be a single number, not %s",
          operation,
          factor);
      apart(operation, "the factor", factor, "theta", theta);
    }
  }

  /** What an optimizer's step reads, and one of the matrices that it updates. */
  static void update(
      String operation, Matrix gradient, @Nullable Matrix decay, String role, Matrix updated) {
    sameShape(operation, "the gradient", gradient, role, updated);
    apart(operation, "the gradient", gradient, role, updated);
    if (decay != null) {
      sameShape(operation, "the decay", decay, role, updated);
      apart(operation, "the decay", decay, role, updated);
    }
  }
}
