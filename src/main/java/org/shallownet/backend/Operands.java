package org.shallownet.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Checks what operations of an {@link AbstractBackend} are given. */
final class Operands {
  private final AbstractBackend backend;

  Operands(AbstractBackend backend) {
    this.backend = backend;
  }

  // Who owns it, and whether it is still there

  BackendScope scope(String operation, Scope scope) {
    backend.checkUsable();
    if (!(scope instanceof BackendScope own) || own.backend() != backend) {
      throw new IllegalArgumentException(operation + ": the scope belongs to another backend");
    }
    if (own.isClosed()) {
      throw new IllegalStateException(operation + ": the scope is closed");
    }
    return own;
  }

  AbstractMatrix matrix(String operation, String role, Matrix matrix) {
    backend.checkUsable();
    if (!(matrix instanceof AbstractMatrix own)) {
      throw notMine(operation, role);
    }
    checkOwner(operation, role, own.allocation());
    return own;
  }

  /** Matrices of one shape, equally far apart. */
  MatrixStack stack(String operation, String role, List<? extends Matrix> matrices) {
    check(!matrices.isEmpty(), "%s: %s is an empty list", operation, role);
    List<AbstractMatrix> stack = new ArrayList<>();
    long distance = 0;
    for (Matrix next : matrices) {
      AbstractMatrix matrix = matrix(operation, role, next);
      if (!stack.isEmpty()) {
        AbstractMatrix last = stack.get(stack.size() - 1);
        checkSameShape(operation, role, last, role, matrix);
        long apart = matrix.offset() - last.offset();
        distance = stack.size() == 1 ? apart : distance;
        check(
            matrix.allocation() == last.allocation() && apart == distance && apart >= 0,
            "%s: the matrices of %s are not equally far apart in one piece of memory",
            operation,
            role);
      }
      stack.add(matrix);
    }
    return new MatrixStack(stack, distance);
  }

  AbstractTally tally(String operation, Tally tally) {
    backend.checkUsable();
    if (!(tally instanceof AbstractTally own)) {
      throw notMine(operation, "the tally");
    }
    checkOwner(operation, "the tally", own.allocation());
    return own;
  }

  AbstractCounter counter(String operation, Counter counter) {
    backend.checkUsable();
    if (!(counter instanceof AbstractCounter own)) {
      throw notMine(operation, "the counter");
    }
    checkOwner(operation, "the counter", own.allocation());
    return own;
  }

  AbstractRecording recording(String operation, Recording recording) {
    backend.checkUsable();
    if (!(recording instanceof AbstractRecording own)) {
      throw notMine(operation, "the recording");
    }
    checkOwner(operation, "the recording", own);
    return own;
  }

  private void checkOwner(String operation, String role, Allocation allocation) {
    BackendScope scope = allocation.scope();
    if (scope == null || scope.backend() != backend) {
      throw notMine(operation, role);
    }
    if (scope.isClosed()) {
      throw new IllegalStateException(operation + ": the scope of " + role + " is closed");
    }
    backend.uses(scope);
  }

  private static IllegalArgumentException notMine(String operation, String role) {
    return new IllegalArgumentException(operation + ": " + role + " belongs to another backend");
  }

  // Shapes and places

  static void check(boolean condition, String message, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, message, arguments));
    }
  }

  static void checkArray(
      String operation, String role, int length, int offset, AbstractMatrix matrix) {
    check(
        offset >= 0 && matrix.size() <= (long) length - offset,
        "%s: %s has %s floats, a matrix of %s from offset %s on does not fit",
        operation,
        role,
        length,
        matrix,
        offset);
  }

  static void checkSameShape(
      String operation, String roleA, AbstractMatrix a, String roleB, AbstractMatrix b) {
    check(
        a.rows() == b.rows() && a.columns() == b.columns(),
        "%s: %s %s and %s %s differ in shape",
        operation,
        roleA,
        a,
        roleB,
        b);
  }

  static void checkRow(
      String operation, String rowRole, AbstractMatrix row, String role, AbstractMatrix matrix) {
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

  static void checkApart(
      String operation, String roleA, AbstractMatrix a, String roleB, AbstractMatrix b) {
    check(!a.overlaps(b), "%s: %s %s and %s %s share memory", operation, roleA, a, roleB, b);
  }

  /** The shapes of {@code C = op(A) op(B)}. */
  static void checkProduct(
      String operation,
      boolean transposeA,
      AbstractMatrix a,
      boolean transposeB,
      AbstractMatrix b,
      AbstractMatrix c) {
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

  static void checkUpdate(
      String operation,
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      String role,
      AbstractMatrix updated) {
    checkSameShape(operation, "the gradient", gradient, role, updated);
    checkApart(operation, "the gradient", gradient, role, updated);
    if (decay != null) {
      checkSameShape(operation, "the decay", decay, role, updated);
      checkApart(operation, "the decay", decay, role, updated);
    }
  }
}
