package org.shallownet.backend.device;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shallownet.network.Output;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every call as {@link Device} promises, then hands it on to a method whose name begins with
 * {@code do} or to {@link #performer}. Those may rely on it: operands are of this device, open and
 * of fitting shapes, ranges lie inside.
 */
public abstract class AbstractDevice implements Device {
  private static final Logger LOG = LoggerFactory.getLogger(AbstractDevice.class);

  /** The largest group: its flat matrix is one row, and a Java array may have to hold it. */
  private static final long MOST_GROUP_ELEMENTS = Integer.MAX_VALUE - 64L;

  private final Thread thread = Thread.currentThread();
  private final Set<Scope> scopes = new LinkedHashSet<>();
  private Recording.@Nullable Recorder recorder;
  private @Nullable BackendException fault;
  private boolean closed;

  /** Set before the monitor is waited for, which is unfair: no call begins from then on. */
  private volatile boolean closing;

  /** A device for the calling thread. */
  protected AbstractDevice() {}

  // Memory

  @Override
  public final Scope newScope() {
    checkMayBegin();
    synchronized (this) {
      checkUsable();
      Scope scope = new Scope(this, this::close);
      scopes.add(scope);
      return scope;
    }
  }

  @Override
  public final Matrix allocate(Scope scope, long rows, int columns) {
    checkMayBegin();
    synchronized (this) {
      checkMayOwn("allocate", scope);
      Shape shape = new Shape(rows, columns);
      Matrix matrix = guarded(() -> doAllocate(shape));
      scope.own(matrix.allocation());
      return matrix;
    }
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
    checkMayBegin();
    synchronized (this) {
      checkMayOwn(operation, scope);
      List<Shape> list = List.of(shapes);
      Checks.check(!list.isEmpty(), "%s: a group needs at least one shape", operation);
      Checks.check(count >= 1, "%s: at least 1 group is needed, not %s", operation, count);
      long left = MOST_GROUP_ELEMENTS / count;
      for (Shape shape : list) {
        Checks.check(
            shape.rows() <= left / shape.columns(),
            "%s: a group holds at most %s elements",
            operation,
            MOST_GROUP_ELEMENTS / count);
        left -= shape.rows() * shape.columns();
      }
      List<MatrixGroup> groups = guarded(() -> doAllocateGroups(count, list));
      scope.own(groups.get(0).flat().allocation());
      return groups;
    }
  }

  @Override
  public final Tally allocateTally(Scope scope) {
    checkMayBegin();
    synchronized (this) {
      checkMayOwn("allocateTally", scope);
      Tally tally = guarded(this::doAllocateTally);
      scope.own(tally.allocation());
      return tally;
    }
  }

  @Override
  public final Counter allocateCounter(Scope scope) {
    checkMayBegin();
    synchronized (this) {
      checkMayOwn("allocateCounter", scope);
      Counter counter = guarded(this::doAllocateCounter);
      scope.own(counter.allocation());
      return counter;
    }
  }

  @Override
  public final UploadBuffer allocateUploadBuffer(Scope scope, long rows, int columns) {
    checkMayBegin();
    synchronized (this) {
      checkMayOwn("allocateUploadBuffer", scope);
      Shape shape = new Shape(rows, columns);
      Checks.check(
          rows <= UploadBuffer.MOST_FLOATS / columns,
          "allocateUploadBuffer: a buffer holds at most %s elements, not %s",
          UploadBuffer.MOST_FLOATS,
          shape);
      UploadBuffer buffer = guarded(() -> doAllocateUploadBuffer(shape));
      buffer.ownedBy(this::use, scope);
      return buffer;
    }
  }

  @Override
  public final long freeBytes() {
    checkMayBegin();
    synchronized (this) {
      checkUsable();
      return guarded(this::doFreeBytes);
    }
  }

  @Override
  public final synchronized int openAllocations() {
    return scopes.stream().mapToInt(Scope::allocationCount).sum();
  }

  @Override
  public final synchronized long openBytes() {
    return scopes.stream().mapToLong(Scope::bytes).sum();
  }

  // Transfers

  @Override
  public final void upload(float[] source, int offset, Matrix destination) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("upload", "the destination", destination);
      checkNotRecording("upload");
      Checks.fits("upload", "the source", source.length, offset, destination);
      guardedCall(() -> doUpload(source, offset, destination));
    }
  }

  @Override
  public final void upload(FloatBuffer source, Matrix destination) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("upload", "the destination", destination);
      checkNotRecording("upload");
      Checks.check(
          source.isDirect() && source.order() == ByteOrder.nativeOrder(),
          "upload: the buffer must be direct and in native byte order");
      Checks.check(
          source.remaining() >= destination.size(),
          "upload: the buffer has %s floats left, a matrix of %s needs %s",
          source.remaining(),
          destination,
          destination.size());
      guardedCall(() -> doUpload(source.duplicate(), destination));
    }
  }

  @Override
  public final void download(Matrix source, float[] destination, int offset) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("download", "the source", source);
      checkNotRecording("download");
      Checks.fits("download", "the destination", destination.length, offset, source);
      guardedCall(() -> doDownload(source, destination, offset));
    }
  }

  @Override
  public final Tally.Values read(Tally tally) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("read", "the tally", tally);
      checkNotRecording("read");
      return guarded(() -> doRead(tally));
    }
  }

  @Override
  public final void set(Tally tally, Tally.Values values) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("set", "the tally", tally);
      checkNotRecording("set");
      guardedCall(() -> doSet(tally, values));
    }
  }

  @Override
  public final void set(Counter counter, long value) {
    checkMayBegin();
    synchronized (this) {
      checkOwn("set", "the counter", counter);
      checkNotRecording("set");
      if (value < 0) {
        throw new IllegalArgumentException("set: a counter can't hold " + value);
      }
      guardedCall(() -> doSet(counter, value));
    }
  }

  @Override
  public final void synchronize() {
    checkMayBegin();
    synchronized (this) {
      checkUsable("synchronize");
      guardedCall(this::doSynchronize);
    }
  }

  @Override
  public final void checkTargets(Output output, Matrix targets, int columns) {
    checkMayBegin();
    synchronized (this) {
      Objects.requireNonNull(output, "output");
      checkOwn("checkTargets", "the targets", targets);
      checkNotRecording("checkTargets");
      int weights = targets.columns() - output.targetColumns(columns);
      Checks.check(
          weights == 0 || weights == 1,
          "checkTargets: targets of %s do not fit logits of %s columns with %s output",
          targets,
          columns,
          output);
      if (output == Output.SOFTMAX_CROSS_ENTROPY) {
        guardedCall(() -> doCheckClasses(targets, columns));
      }
      if (weights == 1) {
        guardedCall(() -> doCheckWeights(targets));
      }
    }
  }

  @Override
  public final long preferredRows(int columns) {
    Checks.check(columns >= 1, "preferredRows: a row has at least 1 column, not %s", columns);
    return doPreferredRows(columns);
  }

  // Operations

  @Override
  public final void run(Operation<? super Performer> operation) {
    checkMayBegin();
    synchronized (this) {
      checkUsable();
      operation.operands(
          (role, operand) -> checkOwner(operation.name(), role, operand.allocation()));
      if (recorder != null) {
        recorder.add(operation);
      } else {
        guardedCall(() -> operation.on(performer()));
      }
    }
  }

  @Override
  public final Recording record(Scope scope, Runnable operations) {
    checkMayBegin();
    synchronized (this) {
      checkMayOwn("record", scope);
      Recording.Recorder recorded = new Recording.Recorder();
      recorder = recorded;
      try {
        operations.run();
      } finally {
        recorder = null;
      }
      checkUsable();
      Set<Allocation.Owner> owners = recorded.owners();
      Recording recording = guarded(() -> doRecord(recorded.operations()));
      recording.worksOn(owners);
      scope.own(recording);
      return recording;
    }
  }

  @Override
  public final void replay(Recording recording) {
    checkMayBegin();
    synchronized (this) {
      checkUsable();
      checkOwner("replay", "the recording", recording);
      checkNotRecording("replay");
      recording.checkOperands();
      guardedCall(recording::replay);
    }
  }

  // The end

  @Override
  public final void close() {
    closing = true;
    closeOnce();
  }

  private synchronized void closeOnce() {
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
      for (Scope scope : scopes) {
        scope.free();
      }
    } finally {
      scopes.clear();
      doClose();
    }
  }

  private void close(Scope scope) {
    checkThread();
    synchronized (this) {
      if (scopes.remove(scope)) {
        scope.free();
      }
    }
  }

  // Checks

  /**
   * What every call begins with before it takes the device's monitor: the wrong thread is refused
   * at once, and a device that is about to close takes no more calls, so that whoever closes it
   * waits for no more than the one under way. What that one calls may still begin, so that it ends
   * whole.
   */
  public final void checkMayBegin() {
    checkThread();
    if (closing && !Thread.holdsLock(this)) {
      throw closedAlready();
    }
  }

  /**
   * Checks that something is this device's and still there.
   *
   * @param operation what it is for, and
   * @param role what it is in that, for messages
   */
  public final void checkOwn(String operation, String role, Operand operand) {
    checkUsable();
    checkOwner(operation, role, operand.allocation());
  }

  /** Checks that a call which can't be part of a recording may be made. */
  public final void checkUsable(String operation) {
    checkUsable();
    checkNotRecording(operation);
  }

  /** Runs a call on the device; a fault makes the device unusable. */
  protected final <T> T guarded(Supplier<T> call) {
    try {
      return call.get();
    } catch (BackendException e) {
      fault = e;
      throw e;
    }
  }

  private void guardedCall(Runnable call) {
    try {
      call.run();
    } catch (BackendException e) {
      fault = e;
      throw e;
    }
  }

  /** Runs an upload buffer's call on its matrix. */
  private void use(String operation, Matrix matrix, Runnable action) {
    checkMayBegin();
    synchronized (this) {
      checkOwn(operation, "the matrix", matrix);
      checkNotRecording(operation);
      guardedCall(action);
    }
  }

  /** Checks that a scope can own what is to be allocated now. */
  private void checkMayOwn(String operation, Scope scope) {
    checkUsable();
    if (!scope.isOf(this)) {
      throw new IllegalArgumentException(operation + ": the scope belongs to another backend");
    }
    if (scope.isClosed()) {
      throw new IllegalStateException(operation + ": the scope is closed");
    }
    checkNotRecording(operation);
  }

  private void checkOwner(String operation, String role, Allocation allocation) {
    Allocation.Owner owner = allocation.owner();
    if (owner == null || !owner.isOf(this)) {
      throw new IllegalArgumentException(operation + ": " + role + " belongs to another backend");
    }
    if (owner.isClosed()) {
      throw new IllegalStateException(operation + ": the scope of " + role + " is closed");
    }
    if (recorder != null) {
      recorder.use(owner);
    }
  }

  private void checkNotRecording(String operation) {
    if (recorder != null) {
      throw new IllegalStateException(operation + ": this can't be part of a recording");
    }
  }

  /** Checks that the thread is the device's, which is all that giving something back needs. */
  public final void checkThread() {
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
      throw closedAlready();
    }
    if (fault != null) {
      throw new IllegalStateException(
          "the " + name() + " backend can't be used after a fault: " + fault.getMessage(), fault);
    }
  }

  private IllegalStateException closedAlready() {
    return new IllegalStateException("the " + name() + " backend is closed");
  }

  // What a device implements

  /** How it performs operations. */
  protected abstract Performer performer();

  /** Allocates zeros. */
  protected abstract Matrix doAllocate(Shape shape);

  /**
   * Allocates groups of zeros in one piece of memory, at most as many as an array can hold; the
   * parts of one index are equally far apart.
   */
  protected abstract List<MatrixGroup> doAllocateGroups(int count, List<Shape> shapes);

  /** Allocates a tally that holds 0. */
  protected abstract Tally doAllocateTally();

  /** Allocates a counter that holds 0. */
  protected abstract Counter doAllocateCounter();

  /** Allocates a buffer whose matrix holds zeros. */
  protected abstract UploadBuffer doAllocateUploadBuffer(Shape shape);

  /** See {@link #freeBytes}. */
  protected abstract long doFreeBytes();

  /** See {@link #upload(float[], int, Matrix)}. */
  protected abstract void doUpload(float[] source, int offset, Matrix destination);

  /**
   * See {@link #upload(FloatBuffer, Matrix)}.
   *
   * @param source a duplicate, whose position may move
   */
  protected abstract void doUpload(FloatBuffer source, Matrix destination);

  /** See {@link #download}. */
  protected abstract void doDownload(Matrix source, float[] destination, int offset);

  /** See {@link #read}. */
  protected abstract Tally.Values doRead(Tally tally);

  /** {@link #set(Tally, Tally.Values)} with checked arguments. */
  protected abstract void doSet(Tally tally, Tally.Values values);

  /** {@link #set(Counter, long)} with checked arguments. */
  protected abstract void doSet(Counter counter, long value);

  /** See {@link #synchronize}. */
  protected abstract void doSynchronize();

  /**
   * See {@link #checkTargets}.
   *
   * @param targets whose first column is numbers of classes
   * @param classes these must be below it
   */
  protected abstract void doCheckClasses(Matrix targets, int classes);

  /**
   * See {@link #checkTargets}.
   *
   * @param targets whose last column is weights
   */
  protected abstract void doCheckWeights(Matrix targets);

  /** See {@link #preferredRows}. */
  protected abstract long doPreferredRows(int columns);

  /** Makes a recording of operations; by default one that performs them one by one. */
  protected Recording doRecord(List<Operation<? super Performer>> operations) {
    return new Recording.OneByOne(operations, performer());
  }

  /** Frees what is not an allocation; called once, after a fault too. */
  protected abstract void doClose();
}
