package org.shallownet.backend;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Activation;
import org.shallownet.network.Output;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every call as {@link Backend} promises, then hands it on to a method whose name begins
 * with {@code do}. Those may rely on it: operands are of this backend, open and of fitting shapes,
 * destinations overlap nothing that they must not, ranges lie inside.
 */
public abstract class AbstractBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(AbstractBackend.class);

  /** The largest group: its flat matrix is one row, and a Java array may have to hold it. */
  private static final long MOST_GROUP_ELEMENTS = Integer.MAX_VALUE - 64L;

  /** How many floats of features are read from a source at once: 1 MiB. */
  private static final int LOADED_FLOATS = 1 << 18;

  private final Thread thread = Thread.currentThread();
  private final Set<BackendScope> scopes = new LinkedHashSet<>();
  private @Nullable BackendException fault;
  private boolean closed;

  /** A backend for the calling thread. */
  protected AbstractBackend() {}

  // Memory

  @Override
  public final Scope newScope() {
    checkUsable();
    BackendScope scope = new BackendScope(this);
    scopes.add(scope);
    return scope;
  }

  @Override
  public final Matrix allocate(Scope scope, long rows, int columns) {
    BackendScope owner = checkScope("allocate", scope);
    Shape shape = new Shape(rows, columns);
    AbstractMatrix matrix = guardedResult(() -> doAllocate(shape));
    owner.own(matrix.allocation());
    return matrix;
  }

  @Override
  public final MatrixGroup allocateGroup(Scope scope, Shape... shapes) {
    BackendScope owner = checkScope("allocateGroup", scope);
    List<Shape> list = List.of(shapes);
    check(!list.isEmpty(), "allocateGroup: a group needs at least one shape");
    long left = MOST_GROUP_ELEMENTS;
    for (Shape shape : list) {
      check(
          shape.rows() <= left / shape.columns(),
          "allocateGroup: a group holds at most %s elements",
          MOST_GROUP_ELEMENTS);
      left -= shape.rows() * shape.columns();
    }
    Group group = guardedResult(() -> doAllocateGroup(list));
    owner.own(group.flat().allocation());
    return group;
  }

  @Override
  public final Tally allocateTally(Scope scope) {
    BackendScope owner = checkScope("allocateTally", scope);
    AbstractTally tally = guardedResult(this::doAllocateTally);
    owner.own(tally.allocation());
    return tally;
  }

  /** How many matrices, groups and tallies are allocated, for tests of leaks. */
  public final int openAllocations() {
    return scopes.stream().mapToInt(BackendScope::allocationCount).sum();
  }

  /** How many bytes the open allocations have. */
  public final long openBytes() {
    return scopes.stream().mapToLong(BackendScope::bytes).sum();
  }

  // Transfers

  @Override
  public final void upload(float[] source, int offset, Matrix destination) {
    AbstractMatrix to = matrix("upload", "the destination", destination);
    checkArray("upload", "the source", source.length, offset, to);
    guarded(() -> doUpload(source, offset, to));
  }

  @Override
  public final void upload(FloatBuffer source, Matrix destination) {
    AbstractMatrix to = matrix("upload", "the destination", destination);
    check(
        source.isDirect() && source.order() == ByteOrder.nativeOrder(),
        "upload: the buffer must be direct and in native byte order");
    check(
        source.remaining() >= to.size(),
        "upload: the buffer has %s floats left, a matrix of %s needs %s",
        source.remaining(),
        to,
        to.size());
    guarded(() -> doUpload(source.duplicate(), to));
  }

  @Override
  public final void download(Matrix source, float[] destination, int offset) {
    AbstractMatrix from = matrix("download", "the source", source);
    checkArray("download", "the destination", destination.length, offset, from);
    guarded(() -> doDownload(from, destination, offset));
  }

  @Override
  public final void copy(Matrix source, Matrix destination) {
    AbstractMatrix from = matrix("copy", "the source", source);
    AbstractMatrix to = matrix("copy", "the destination", destination);
    checkSameShape("copy", "the source", from, "the destination", to);
    checkApart("copy", "the source", from, "the destination", to);
    guarded(() -> doCopy(from, to));
  }

  @Override
  public final void gatherRows(Matrix source, long[] indices, int offset, Matrix out) {
    AbstractMatrix from = matrix("gatherRows", "the source", source);
    AbstractMatrix to = matrix("gatherRows", "out", out);
    check(
        from.columns() == to.columns(),
        "gatherRows: the source is %s but out %s: they need equally many columns",
        from,
        to);
    checkApart("gatherRows", "the source", from, "out", to);
    check(
        offset >= 0 && to.rows() <= (long) indices.length - offset,
        "gatherRows: %s indices from %s on are too few for out of %s",
        indices.length,
        offset,
        to);
    int end = offset + (int) to.rows();
    for (int i = offset; i < end; i++) {
      if (indices[i] < 0 || indices[i] >= from.rows()) {
        throw new IllegalArgumentException(
            "gatherRows: the source is " + from + " and has no row " + indices[i]);
      }
    }
    guarded(() -> doGatherRows(from, indices, offset, to));
  }

  // Arithmetic

  @Override
  public final void gemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      Matrix a,
      Matrix b,
      float beta,
      Matrix c) {
    AbstractMatrix ma = matrix("gemm", "A", a);
    AbstractMatrix mb = matrix("gemm", "B", b);
    AbstractMatrix mc = matrix("gemm", "C", c);
    long rows = transposeA ? ma.columns() : ma.rows();
    long depth = transposeA ? ma.rows() : ma.columns();
    long depthB = transposeB ? mb.columns() : mb.rows();
    long columns = transposeB ? mb.rows() : mb.columns();
    check(
        depth == depthB && rows == mc.rows() && columns == mc.columns(),
        "gemm: A of %s%s times B of %s%s does not give C of %s",
        ma,
        transposeA ? " transposed" : "",
        mb,
        transposeB ? " transposed" : "",
        mc);
    checkApart("gemm", "A", ma, "C", mc);
    checkApart("gemm", "B", mb, "C", mc);
    guarded(() -> doGemm(transposeA, transposeB, alpha, ma, mb, beta, mc));
  }

  @Override
  public final void biasActivate(Activation f, Matrix bias, Matrix z) {
    Objects.requireNonNull(f, "f");
    AbstractMatrix b = matrix("biasActivate", "the bias", bias);
    AbstractMatrix mz = matrix("biasActivate", "z", z);
    checkRow("biasActivate", "the bias", b, "z", mz);
    checkApart("biasActivate", "the bias", b, "z", mz);
    guarded(() -> doBiasActivate(f, b, mz));
  }

  @Override
  public final void activationBackward(Activation f, Matrix a, Matrix delta) {
    Objects.requireNonNull(f, "f");
    AbstractMatrix ma = matrix("activationBackward", "a", a);
    AbstractMatrix d = matrix("activationBackward", "delta", delta);
    checkSameShape("activationBackward", "a", ma, "delta", d);
    checkApart("activationBackward", "a", ma, "delta", d);
    guarded(() -> doActivationBackward(f, ma, d));
  }

  @Override
  public final void outputDelta(
      Output output, Matrix logits, Matrix targets, double scale, Matrix delta, Tally tally) {
    Objects.requireNonNull(output, "output");
    AbstractMatrix z = matrix("outputDelta", "the logits", logits);
    AbstractMatrix y = matrix("outputDelta", "the targets", targets);
    AbstractMatrix d = matrix("outputDelta", "delta", delta);
    AbstractTally t = tally("outputDelta", tally);
    check(
        y.rows() == z.rows() && y.columns() == output.targetColumns(z.columns()),
        "outputDelta: targets of %s do not fit logits of %s with %s output",
        y,
        z,
        output);
    checkSameShape("outputDelta", "the logits", z, "delta", d);
    checkApart("outputDelta", "the targets", y, "delta", d);
    if (!z.sameAs(d)) {
      checkApart("outputDelta", "the logits", z, "delta", d);
    }
    guarded(() -> doOutputDelta(output, z, y, scale, d, t));
  }

  @Override
  public final void outputProbabilities(Output output, Matrix logits, Matrix probabilities) {
    Objects.requireNonNull(output, "output");
    AbstractMatrix z = matrix("outputProbabilities", "the logits", logits);
    AbstractMatrix p = matrix("outputProbabilities", "the probabilities", probabilities);
    checkSameShape("outputProbabilities", "the logits", z, "the probabilities", p);
    if (!z.sameAs(p)) {
      checkApart("outputProbabilities", "the logits", z, "the probabilities", p);
    }
    guarded(() -> doOutputProbabilities(output, z, p));
  }

  @Override
  public final void addSquaredNorm(Matrix m, double scale, Tally tally) {
    AbstractMatrix from = matrix("addSquaredNorm", "the matrix", m);
    AbstractTally t = tally("addSquaredNorm", tally);
    guarded(() -> doAddSquaredNorm(from, scale, t));
  }

  @Override
  public final void sumRows(Matrix m, float beta, Matrix out) {
    AbstractMatrix from = matrix("sumRows", "the matrix", m);
    AbstractMatrix to = matrix("sumRows", "out", out);
    checkRow("sumRows", "out", to, "the matrix", from);
    checkApart("sumRows", "the matrix", from, "out", to);
    guarded(() -> doSumRows(from, beta, to));
  }

  // Optimiser steps

  @Override
  public final void gradientDescentStep(
      Matrix gradient, @Nullable Matrix decay, float rate, Matrix theta) {
    String op = "gradientDescentStep";
    AbstractMatrix g = matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : matrix(op, "the decay", decay);
    AbstractMatrix t = matrix(op, "theta", theta);
    checkUpdate(op, g, l, "theta", t);
    guarded(() -> doGradientDescentStep(g, l, rate, t));
  }

  @Override
  public final void momentumStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix velocity,
      float rate,
      float momentum,
      Matrix theta) {
    String op = "momentumStep";
    AbstractMatrix g = matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : matrix(op, "the decay", decay);
    AbstractMatrix v = matrix(op, "the velocity", velocity);
    AbstractMatrix t = matrix(op, "theta", theta);
    checkUpdate(op, g, l, "the velocity", v);
    checkUpdate(op, g, l, "theta", t);
    checkApart(op, "the velocity", v, "theta", t);
    guarded(() -> doMomentumStep(g, l, v, rate, momentum, t));
  }

  @Override
  public final void adamStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix firstMoment,
      Matrix secondMoment,
      Optimizer.Adam settings,
      long step,
      Matrix theta) {
    String op = "adamStep";
    Objects.requireNonNull(settings, "settings");
    AbstractMatrix g = matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : matrix(op, "the decay", decay);
    AbstractMatrix m = matrix(op, "the first moment", firstMoment);
    AbstractMatrix v = matrix(op, "the second moment", secondMoment);
    AbstractMatrix t = matrix(op, "theta", theta);
    checkUpdate(op, g, l, "the first moment", m);
    checkUpdate(op, g, l, "the second moment", v);
    checkUpdate(op, g, l, "theta", t);
    checkApart(op, "the first moment", m, "the second moment", v);
    checkApart(op, "the first moment", m, "theta", t);
    checkApart(op, "the second moment", v, "theta", t);
    check(step >= 1, "adamStep: the first step is 1, not %s", step);
    guarded(() -> doAdamStep(g, l, m, v, settings, step, t));
  }

  // Tallies, waiting, engines, the end

  @Override
  public final Tally.Values read(Tally tally) {
    AbstractTally t = tally("read", tally);
    return guardedResult(() -> doRead(t));
  }

  @Override
  public final void clear(Tally tally) {
    AbstractTally t = tally("clear", tally);
    guarded(() -> doClear(t));
  }

  @Override
  public final void synchronize() {
    checkUsable();
    guarded(this::doSynchronize);
  }

  @Override
  public final long preferredRows(int columns) {
    check(columns >= 1, "preferredRows: a row has at least 1 column, not %s", columns);
    return doPreferredRows(columns);
  }

  @Override
  public final Samples load(Scope scope, SampleSource source) {
    long rows = source.rows();
    int columns = source.featureColumns();
    Matrix features = allocate(scope, rows, columns);
    Matrix targets = allocate(scope, rows, source.targetColumns());
    int piece = (int) Math.min(rows, Math.max(1, LOADED_FLOATS / columns));
    float[] x = new float[piece * columns];
    float[] y = new float[piece * source.targetColumns()];
    for (long first = 0; first < rows; first += piece) {
      int count = (int) Math.min(piece, rows - first);
      source.read(first, count, x, y);
      upload(x, 0, features.rows(first, count));
      upload(y, 0, targets.rows(first, count));
    }
    return Samples.resident(features, targets);
  }

  @Override
  public final TrainingEngine newTrainingEngine(TrainingPlan plan) {
    if (plan.samples() instanceof Samples.Resident resident) {
      matrix("newTrainingEngine", "the features", resident.features());
      matrix("newTrainingEngine", "the targets", resident.targets());
    }
    return guardedResult(() -> doNewTrainingEngine(plan));
  }

  @Override
  public final void close() {
    checkThread();
    if (closed) {
      return;
    }
    closed = true;
    if (!scopes.isEmpty()) {
      LOG.warn(
          "the {} backend was closed with {} open scopes, {} allocations in them",
          name(),
          scopes.size(),
          openAllocations());
    }
    try {
      for (BackendScope scope : scopes) {
        scope.free();
      }
    } finally {
      scopes.clear();
      doClose();
    }
  }

  final void close(BackendScope scope) {
    checkThread();
    if (scopes.remove(scope)) {
      scope.free();
    }
  }

  /** Allocates zeros. */
  protected abstract AbstractMatrix doAllocate(Shape shape);

  /** Allocates zeros, at most as many as an array can hold. */
  protected abstract Group doAllocateGroup(List<Shape> shapes);

  /** Allocates a tally that holds 0. */
  protected abstract AbstractTally doAllocateTally();

  /** See {@link Backend#upload(float[], int, Matrix)}. */
  protected abstract void doUpload(float[] source, int offset, AbstractMatrix destination);

  /**
   * See {@link Backend#upload(FloatBuffer, Matrix)}.
   *
   * @param source a duplicate, whose position may move
   */
  protected abstract void doUpload(FloatBuffer source, AbstractMatrix destination);

  /** See {@link Backend#download}. */
  protected abstract void doDownload(AbstractMatrix source, float[] destination, int offset);

  /** See {@link Backend#copy}. */
  protected abstract void doCopy(AbstractMatrix source, AbstractMatrix destination);

  /** See {@link Backend#gatherRows}. */
  protected abstract void doGatherRows(
      AbstractMatrix source, long[] indices, int offset, AbstractMatrix out);

  /** See {@link Backend#gemm}. */
  protected abstract void doGemm(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      AbstractMatrix a,
      AbstractMatrix b,
      float beta,
      AbstractMatrix c);

  /** See {@link Backend#biasActivate}. */
  protected abstract void doBiasActivate(Activation f, AbstractMatrix bias, AbstractMatrix z);

  /** See {@link Backend#activationBackward}. */
  protected abstract void doActivationBackward(
      Activation f, AbstractMatrix a, AbstractMatrix delta);

  /** See {@link Backend#outputDelta}. */
  protected abstract void doOutputDelta(
      Output output,
      AbstractMatrix logits,
      AbstractMatrix targets,
      double scale,
      AbstractMatrix delta,
      AbstractTally tally);

  /** See {@link Backend#outputProbabilities}. */
  protected abstract void doOutputProbabilities(
      Output output, AbstractMatrix logits, AbstractMatrix probabilities);

  /** See {@link Backend#addSquaredNorm}. */
  protected abstract void doAddSquaredNorm(AbstractMatrix m, double scale, AbstractTally tally);

  /** See {@link Backend#sumRows}. */
  protected abstract void doSumRows(AbstractMatrix m, float beta, AbstractMatrix out);

  /** See {@link Backend#gradientDescentStep}. */
  protected abstract void doGradientDescentStep(
      AbstractMatrix gradient, @Nullable AbstractMatrix decay, float rate, AbstractMatrix theta);

  /** See {@link Backend#momentumStep}. */
  protected abstract void doMomentumStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix velocity,
      float rate,
      float momentum,
      AbstractMatrix theta);

  /** See {@link Backend#adamStep}. */
  protected abstract void doAdamStep(
      AbstractMatrix gradient,
      @Nullable AbstractMatrix decay,
      AbstractMatrix firstMoment,
      AbstractMatrix secondMoment,
      Optimizer.Adam settings,
      long step,
      AbstractMatrix theta);

  /** See {@link Backend#read}. */
  protected abstract Tally.Values doRead(AbstractTally tally);

  /** See {@link Backend#clear}. */
  protected abstract void doClear(AbstractTally tally);

  /** See {@link Backend#synchronize}. */
  protected abstract void doSynchronize();

  /** See {@link Backend#preferredRows}. */
  protected abstract long doPreferredRows(int columns);

  /** See {@link Backend#newTrainingEngine}. */
  protected abstract TrainingEngine doNewTrainingEngine(TrainingPlan plan);

  /** Frees what is not an allocation; called once, after a fault too. */
  protected abstract void doClose();

  /**
   * A group as a backend allocates it.
   *
   * @param parts the matrices, all of one allocation
   * @param flat all of it
   */
  protected record Group(List<Matrix> parts, AbstractMatrix flat) implements MatrixGroup {
    /** Keeps a list of its own. */
    public Group {
      parts = List.copyOf(parts);
    }
  }

  // Checks

  private void guarded(Runnable operation) {
    guardedResult(
        () -> {
          operation.run();
          return true;
        });
  }

  /** Runs an operation; a fault of the device makes the backend unusable. */
  private <T> T guardedResult(Supplier<T> operation) {
    try {
      return operation.get();
    } catch (BackendException e) {
      fault = e;
      throw e;
    }
  }

  private void checkThread() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException(
          "the "
              + name()
              + " backend belongs to the thread '"
              + thread.getName()
              + "' that opened it, not to '"
              + Thread.currentThread().getName()
              + "'");
    }
  }

  private void checkUsable() {
    checkThread();
    if (closed) {
      throw new IllegalStateException("the " + name() + " backend is closed");
    }
    if (fault != null) {
      throw new IllegalStateException(
          "the " + name() + " backend can't be used after a fault: " + fault.getMessage(), fault);
    }
  }

  private BackendScope checkScope(String operation, Scope scope) {
    checkUsable();
    if (!(scope instanceof BackendScope own) || own.backend() != this) {
      throw new IllegalArgumentException(operation + ": the scope belongs to another backend");
    }
    if (own.isClosed()) {
      throw new IllegalStateException(operation + ": the scope is closed");
    }
    return own;
  }

  private AbstractMatrix matrix(String operation, String role, Matrix matrix) {
    checkUsable();
    if (!(matrix instanceof AbstractMatrix own)) {
      throw notMine(operation, role);
    }
    checkOwner(operation, role, own.allocation());
    return own;
  }

  private AbstractTally tally(String operation, Tally tally) {
    checkUsable();
    if (!(tally instanceof AbstractTally own)) {
      throw notMine(operation, "the tally");
    }
    checkOwner(operation, "the tally", own.allocation());
    return own;
  }

  private void checkOwner(String operation, String role, Allocation allocation) {
    BackendScope scope = allocation.scope();
    if (scope == null || scope.backend() != this) {
      throw notMine(operation, role);
    }
    if (scope.isClosed()) {
      throw new IllegalStateException(operation + ": the scope of " + role + " is closed");
    }
  }

  private static IllegalArgumentException notMine(String operation, String role) {
    return new IllegalArgumentException(operation + ": " + role + " belongs to another backend");
  }

  private static void check(boolean condition, String message, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, message, arguments));
    }
  }

  private static void checkArray(
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

  private static void checkSameShape(
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

  private static void checkRow(
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

  private static void checkApart(
      String operation, String roleA, AbstractMatrix a, String roleB, AbstractMatrix b) {
    check(!a.overlaps(b), "%s: %s %s and %s %s share memory", operation, roleA, a, roleB, b);
  }

  private static void checkUpdate(
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
