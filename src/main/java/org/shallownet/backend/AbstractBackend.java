package org.shallownet.backend;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.List;
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
public abstract class AbstractBackend extends UncheckedOperations implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(AbstractBackend.class);

  /** The largest group: its flat matrix is one row, and a Java array may have to hold it. */
  private static final long MOST_GROUP_ELEMENTS = Integer.MAX_VALUE - 64L;

  /** How many floats of features are read from a source at once: 1 MiB. */
  private static final int LOADED_FLOATS = 1 << 18;

  private final Thread thread = Thread.currentThread();
  private final Set<BackendScope> scopes = new LinkedHashSet<>();
  private final Operands operands = new Operands(this);
  private @Nullable Recorder recorder;
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
    BackendScope owner = newOwner("allocate", scope);
    Shape shape = new Shape(rows, columns);
    AbstractMatrix matrix = guardedResult(() -> doAllocate(shape));
    owner.own(matrix.allocation());
    return matrix;
  }

  @Override
  public final MatrixGroup allocateGroup(Scope scope, Shape... shapes) {
    return allocateGroups("allocateGroup", scope, 1, shapes).get(0);
  }

  @Override
  public final List<MatrixGroup> allocateGroups(Scope scope, int count, Shape... shapes) {
    return allocateGroups("allocateGroups", scope, count, shapes);
  }

  private List<MatrixGroup> allocateGroups(
      String operation, Scope scope, int count, Shape... shapes) {
    BackendScope owner = newOwner(operation, scope);
    List<Shape> list = List.of(shapes);
    Operands.check(!list.isEmpty(), "%s: a group needs at least one shape", operation);
    Operands.check(count >= 1, "%s: at least 1 group is needed, not %s", operation, count);
    long left = MOST_GROUP_ELEMENTS / count;
    for (Shape shape : list) {
      Operands.check(
          shape.rows() <= left / shape.columns(),
          "%s: a group holds at most %s elements",
          operation,
          MOST_GROUP_ELEMENTS / count);
      left -= shape.rows() * shape.columns();
    }
    List<Group> groups = guardedResult(() -> doAllocateGroups(count, list));
    owner.own(groups.get(0).flat().allocation());
    return List.copyOf(groups);
  }

  @Override
  public final Tally allocateTally(Scope scope) {
    BackendScope owner = newOwner("allocateTally", scope);
    AbstractTally tally = guardedResult(this::doAllocateTally);
    owner.own(tally.allocation());
    return tally;
  }

  @Override
  public final Counter allocateCounter(Scope scope) {
    BackendScope owner = newOwner("allocateCounter", scope);
    AbstractCounter counter = guardedResult(this::doAllocateCounter);
    owner.own(counter.allocation());
    return counter;
  }

  @Override
  public final UploadBuffer allocateUploadBuffer(Scope scope, long rows, int columns) {
    BackendScope owner = newOwner("allocateUploadBuffer", scope);
    Shape shape = new Shape(rows, columns);
    Operands.check(
        rows <= UploadBuffer.MOST_FLOATS / columns,
        "allocateUploadBuffer: a buffer holds at most %s elements, not %s",
        UploadBuffer.MOST_FLOATS,
        shape);
    UploadBuffer buffer = guardedResult(() -> doAllocateUploadBuffer(shape));
    buffer.ownedBy(this, owner);
    return buffer;
  }

  @Override
  public final long freeBytes() {
    checkUsable();
    return guardedResult(this::doFreeBytes);
  }

  /** Runs an operation on something that lies in this memory. */
  final void use(String operation, AbstractMatrix matrix, Runnable action) {
    operands.matrix(operation, "the matrix", matrix);
    checkNotRecording(operation);
    guarded(action);
  }

  /** The scope that is to own what an operation allocates. */
  private BackendScope newOwner(String operation, Scope scope) {
    BackendScope owner = operands.scope(operation, scope);
    checkNotRecording(operation);
    return owner;
  }

  /** How many matrices, groups, tallies, counters and recordings there are, for tests of leaks. */
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
    AbstractMatrix to = operands.matrix("upload", "the destination", destination);
    checkNotRecording("upload");
    Operands.checkArray("upload", "the source", source.length, offset, to);
    guarded(() -> doUpload(source, offset, to));
  }

  @Override
  public final void upload(FloatBuffer source, Matrix destination) {
    AbstractMatrix to = operands.matrix("upload", "the destination", destination);
    checkNotRecording("upload");
    Operands.check(
        source.isDirect() && source.order() == ByteOrder.nativeOrder(),
        "upload: the buffer must be direct and in native byte order");
    Operands.check(
        source.remaining() >= to.size(),
        "upload: the buffer has %s floats left, a matrix of %s needs %s",
        source.remaining(),
        to,
        to.size());
    guarded(() -> doUpload(source.duplicate(), to));
  }

  @Override
  public final void download(Matrix source, float[] destination, int offset) {
    AbstractMatrix from = operands.matrix("download", "the source", source);
    checkNotRecording("download");
    Operands.checkArray("download", "the destination", destination.length, offset, from);
    guarded(() -> doDownload(from, destination, offset));
  }

  @Override
  public final void copy(Matrix source, Matrix destination) {
    AbstractMatrix from = operands.matrix("copy", "the source", source);
    AbstractMatrix to = operands.matrix("copy", "the destination", destination);
    Operands.checkSameShape("copy", "the source", from, "the destination", to);
    Operands.checkApart("copy", "the source", from, "the destination", to);
    guarded(() -> doCopy(from, to));
  }

  @Override
  public final void gatherBatch(
      Matrix source, BatchOrder order, Counter steps, long batchRows, long first, Matrix out) {
    AbstractMatrix from = operands.matrix("gatherBatch", "the source", source);
    AbstractCounter counter = operands.counter("gatherBatch", steps);
    AbstractMatrix to = operands.matrix("gatherBatch", "out", out);
    Operands.check(
        from.columns() == to.columns(),
        "gatherBatch: the source is %s but out %s: they need equally many columns",
        from,
        to);
    Operands.checkApart("gatherBatch", "the source", from, "out", to);
    Operands.check(
        order.samples() == from.rows(),
        "gatherBatch: an order of %s samples does not fit the source of %s",
        order.samples(),
        from);
    Operands.check(
        batchRows >= 1 && batchRows <= from.rows(),
        "gatherBatch: a batch of the source of %s has 1 to %s rows, not %s",
        from,
        from.rows(),
        batchRows);
    Operands.check(
        first >= 0 && first <= batchRows - to.rows(),
        "gatherBatch: rows %s to %s are not all in a batch of %s",
        first,
        first + to.rows() - 1,
        batchRows);
    guarded(() -> doGatherBatch(from, order, counter, batchRows, first, to));
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
    AbstractMatrix ma = operands.matrix("gemm", "A", a);
    AbstractMatrix mb = operands.matrix("gemm", "B", b);
    AbstractMatrix mc = operands.matrix("gemm", "C", c);
    Operands.checkProduct("gemm", transposeA, ma, transposeB, mb, mc);
    Operands.checkApart("gemm", "A", ma, "C", mc);
    Operands.checkApart("gemm", "B", mb, "C", mc);
    guarded(() -> doGemm(transposeA, transposeB, alpha, ma, mb, beta, mc));
  }

  @Override
  public final void gemmBatch(
      boolean transposeA,
      boolean transposeB,
      float alpha,
      List<? extends Matrix> a,
      List<? extends Matrix> b,
      float beta,
      List<? extends Matrix> c) {
    String op = "gemmBatch";
    MatrixStack as = operands.stack(op, "A", a);
    MatrixStack bs = operands.stack(op, "B", b);
    MatrixStack cs = operands.stack(op, "C", c);
    Operands.check(
        as.count() == cs.count() && bs.count() == cs.count(),
        "gemmBatch: %s matrices A times %s matrices B do not give %s matrices C",
        as.count(),
        bs.count(),
        cs.count());
    Operands.checkProduct(op, transposeA, as.get(0), transposeB, bs.get(0), cs.get(0));
    Operands.check(cs.isApart(), "gemmBatch: matrices C of %s share memory", cs.get(0));
    Operands.check(!cs.overlaps(as), "gemmBatch: matrices A and C share a stretch of memory");
    Operands.check(!cs.overlaps(bs), "gemmBatch: matrices B and C share a stretch of memory");
    guarded(() -> doGemmBatch(transposeA, transposeB, alpha, as, bs, beta, cs));
  }

  @Override
  public final void biasActivate(Activation f, Matrix bias, Matrix z) {
    Objects.requireNonNull(f, "f");
    AbstractMatrix b = operands.matrix("biasActivate", "the bias", bias);
    AbstractMatrix mz = operands.matrix("biasActivate", "z", z);
    Operands.checkRow("biasActivate", "the bias", b, "z", mz);
    Operands.checkApart("biasActivate", "the bias", b, "z", mz);
    guarded(() -> doBiasActivate(f, b, mz));
  }

  @Override
  public final void activationBackward(Activation f, Matrix a, Matrix delta) {
    Objects.requireNonNull(f, "f");
    AbstractMatrix ma = operands.matrix("activationBackward", "a", a);
    AbstractMatrix d = operands.matrix("activationBackward", "delta", delta);
    Operands.checkSameShape("activationBackward", "a", ma, "delta", d);
    Operands.checkApart("activationBackward", "a", ma, "delta", d);
    guarded(() -> doActivationBackward(f, ma, d));
  }

  @Override
  public final void outputDelta(
      Output output, Matrix logits, Matrix targets, double scale, Matrix delta, Tally tally) {
    Objects.requireNonNull(output, "output");
    AbstractMatrix z = operands.matrix("outputDelta", "the logits", logits);
    AbstractMatrix y = operands.matrix("outputDelta", "the targets", targets);
    AbstractMatrix d = operands.matrix("outputDelta", "delta", delta);
    AbstractTally t = operands.tally("outputDelta", tally);
    int weights = y.columns() - output.targetColumns(z.columns());
    Operands.check(
        y.rows() == z.rows() && (weights == 0 || weights == 1),
        "outputDelta: targets of %s do not fit logits of %s with %s output",
        y,
        z,
        output);
    Operands.checkSameShape("outputDelta", "the logits", z, "delta", d);
    Operands.checkApart("outputDelta", "the targets", y, "delta", d);
    if (!z.sameAs(d)) {
      Operands.checkApart("outputDelta", "the logits", z, "delta", d);
    }
    guarded(() -> doOutputDelta(output, z, y, scale, d, t));
  }

  @Override
  public final void checkTargets(Output output, Matrix targets, int columns) {
    Objects.requireNonNull(output, "output");
    AbstractMatrix y = operands.matrix("checkTargets", "the targets", targets);
    checkNotRecording("checkTargets");
    int weights = y.columns() - output.targetColumns(columns);
    Operands.check(
        weights == 0 || weights == 1,
        "checkTargets: targets of %s do not fit logits of %s columns with %s output",
        y,
        columns,
        output);
    if (output == Output.SOFTMAX_CROSS_ENTROPY) {
      guarded(() -> doCheckClasses(y, columns));
    }
    if (weights == 1) {
      guarded(() -> doCheckWeights(y));
    }
  }

  @Override
  public final void outputProbabilities(Output output, Matrix logits, Matrix probabilities) {
    Objects.requireNonNull(output, "output");
    AbstractMatrix z = operands.matrix("outputProbabilities", "the logits", logits);
    AbstractMatrix p = operands.matrix("outputProbabilities", "the probabilities", probabilities);
    Operands.checkSameShape("outputProbabilities", "the logits", z, "the probabilities", p);
    if (!z.sameAs(p)) {
      Operands.checkApart("outputProbabilities", "the logits", z, "the probabilities", p);
    }
    guarded(() -> doOutputProbabilities(output, z, p));
  }

  @Override
  public final void addSquaredNorm(Matrix m, double scale, Tally tally) {
    AbstractMatrix from = operands.matrix("addSquaredNorm", "the matrix", m);
    AbstractTally t = operands.tally("addSquaredNorm", tally);
    guarded(() -> doAddSquaredNorm(from, scale, t));
  }

  @Override
  public final void sumRows(Matrix m, float beta, Matrix out) {
    AbstractMatrix from = operands.matrix("sumRows", "the matrix", m);
    AbstractMatrix to = operands.matrix("sumRows", "out", out);
    Operands.checkRow("sumRows", "out", to, "the matrix", from);
    Operands.checkApart("sumRows", "the matrix", from, "out", to);
    guarded(() -> doSumRows(from, beta, to));
  }

  @Override
  public final void divideByWeight(Matrix sums, Matrix m) {
    AbstractMatrix row = operands.matrix("divideByWeight", "the sums", sums);
    AbstractMatrix to = operands.matrix("divideByWeight", "the matrix", m);
    Operands.check(row.rows() == 1, "divideByWeight: the sums must be one row, not %s", row);
    Operands.checkApart("divideByWeight", "the sums", row, "the matrix", to);
    guarded(() -> doDivideByWeight(row, to));
  }

  // Optimiser steps

  @Override
  public final void gradientDescentStep(
      Matrix gradient, @Nullable Matrix decay, float rate, Matrix theta) {
    String op = "gradientDescentStep";
    AbstractMatrix g = operands.matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : operands.matrix(op, "the decay", decay);
    AbstractMatrix t = operands.matrix(op, "theta", theta);
    Operands.checkUpdate(op, g, l, "theta", t);
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
    AbstractMatrix g = operands.matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : operands.matrix(op, "the decay", decay);
    AbstractMatrix v = operands.matrix(op, "the velocity", velocity);
    AbstractMatrix t = operands.matrix(op, "theta", theta);
    Operands.checkUpdate(op, g, l, "the velocity", v);
    Operands.checkUpdate(op, g, l, "theta", t);
    Operands.checkApart(op, "the velocity", v, "theta", t);
    guarded(() -> doMomentumStep(g, l, v, rate, momentum, t));
  }

  @Override
  public final void adamStep(
      Matrix gradient,
      @Nullable Matrix decay,
      Matrix firstMoment,
      Matrix secondMoment,
      Optimizer.Adam settings,
      Counter steps,
      Matrix theta) {
    String op = "adamStep";
    Objects.requireNonNull(settings, "settings");
    AbstractMatrix g = operands.matrix(op, "the gradient", gradient);
    AbstractMatrix l = decay == null ? null : operands.matrix(op, "the decay", decay);
    AbstractMatrix m = operands.matrix(op, "the first moment", firstMoment);
    AbstractMatrix v = operands.matrix(op, "the second moment", secondMoment);
    AbstractCounter counter = operands.counter(op, steps);
    AbstractMatrix t = operands.matrix(op, "theta", theta);
    Operands.checkUpdate(op, g, l, "the first moment", m);
    Operands.checkUpdate(op, g, l, "the second moment", v);
    Operands.checkUpdate(op, g, l, "theta", t);
    Operands.checkApart(op, "the first moment", m, "the second moment", v);
    Operands.checkApart(op, "the first moment", m, "theta", t);
    Operands.checkApart(op, "the second moment", v, "theta", t);
    guarded(() -> doAdamStep(g, l, m, v, settings, counter, t));
  }

  @Override
  public final void increment(Counter counter) {
    AbstractCounter c = operands.counter("increment", counter);
    guarded(() -> doIncrement(c));
  }

  // Recordings

  @Override
  public final Recording record(Scope scope, Runnable operations) {
    BackendScope owner = newOwner("record", scope);
    Recorder recorded = new Recorder();
    recorder = recorded;
    try {
      operations.run();
    } finally {
      recorder = null;
    }
    checkUsable();
    Set<BackendScope> scopes = recorded.scopes();
    AbstractRecording recording = guardedResult(() -> doRecord(recorded.operations()));
    recording.worksOn(scopes);
    owner.own(recording);
    return recording;
  }

  @Override
  public final void replay(Recording recording) {
    AbstractRecording own = operands.recording("replay", recording);
    checkNotRecording("replay");
    own.checkOperands();
    guarded(own::replay);
  }

  private void checkNotRecording(String operation) {
    if (recorder != null) {
      throw new IllegalStateException(operation + ": this can't be part of a recording");
    }
  }

  /** An operand that this scope owns has been checked. */
  final void uses(BackendScope owner) {
    if (recorder != null) {
      recorder.use(owner);
    }
  }

  // Tallies, waiting, engines, the end

  @Override
  public final Tally.Values read(Tally tally) {
    AbstractTally t = operands.tally("read", tally);
    checkNotRecording("read");
    return guardedResult(() -> doRead(t));
  }

  @Override
  public final void clear(Tally tally) {
    AbstractTally t = operands.tally("clear", tally);
    guarded(() -> doClear(t));
  }

  @Override
  public final void synchronize() {
    checkUsable("synchronize");
    guarded(this::doSynchronize);
  }

  @Override
  public final long preferredRows(int columns) {
    Operands.check(columns >= 1, "preferredRows: a row has at least 1 column, not %s", columns);
    return doPreferredRows(columns);
  }

  @Override
  public final Samples load(Scope scope, SampleSource source, long reserve) {
    long free = freeBytes();
    if (reserve > free || TrainingMemory.bytesOf(Samples.streamed(source)) > free - reserve) {
      return Samples.streamed(source);
    }
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
    return Samples.resident(features, targets, source.weighted());
  }

  @Override
  public final TrainingEngine newTrainingEngine(TrainingPlan plan) {
    checkUsable("newTrainingEngine");
    checkSamples("newTrainingEngine", plan.samples());
    TrainingEngine engine = guardedResult(() -> doNewTrainingEngine(plan));
    return new CheckedTrainingEngine(this, plan, engine);
  }

  /** Checks that resident samples are in this backend's memory. */
  final void checkSamples(String operation, Samples samples) {
    if (samples instanceof Samples.Resident resident) {
      operands.matrix(operation, "the features", resident.features());
      operands.matrix(operation, "the targets", resident.targets());
    }
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

  // Checks

  /** Runs an operation, or takes it down. */
  private void guarded(Runnable operation) {
    if (recorder != null) {
      recorder.add(operation);
      return;
    }
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

  /** Checks that an operation which can't be part of a recording may run. */
  final void checkUsable(String operation) {
    checkUsable();
    checkNotRecording(operation);
  }

  final void checkUsable() {
    checkThread();
    if (closed) {
      throw new IllegalStateException("the " + name() + " backend is closed");
    }
    if (fault != null) {
      throw new IllegalStateException(
          "the " + name() + " backend can't be used after a fault: " + fault.getMessage(), fault);
    }
  }
}
