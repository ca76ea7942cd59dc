package org.shallownet.backend.device;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shallownet.network.Output;

/**
 * Holds matrices and computes with them.
 *
 * <p>Operations run in the order of the calls and may still be running when a call returns. Only
 * {@link #download}, {@link #read}, {@link #checkTargets} and {@link #synchronize} wait. The same
 * calls on the same machine give the same bits, whatever the number of threads. Only the thread
 * that opened the device may use it; any thread may {@link #close} it.
 *
 * <p>Errors of every call: {@link IllegalArgumentException} (shape, owner or aliasing is wrong;
 * nothing was done), {@link IllegalStateException} (the device or an operand's scope is closed, or
 * the thread is the wrong one), {@link DeviceMemoryException} (from allocations; the state is
 * unchanged), {@link BackendException} (a fault in the device; afterwards only {@link #close}
 * works).
 */
public interface Device extends AutoCloseable {
  /** The name of the kind of device, for messages: {@code cpu}, {@code cuda}. */
  String name();

  /** A new owner of matrices. */
  Scope newScope();

  /** A matrix of zeros. */
  Matrix allocate(Scope scope, long rows, int columns);

  /** Matrices of zeros side by side in one piece of memory. */
  MatrixGroup allocateGroup(Scope scope, Shape... shapes);

  /**
   * Several groups of the same shapes, all in one piece of memory: so that the parts of one index
   * are equally far apart, as {@link ProductOperation.StackedGemm} wants them.
   *
   * @param count how many groups, at least 1
   */
  List<MatrixGroup> allocateGroups(Scope scope, int count, Shape... shapes);

  /** A tally that holds 0. */
  Tally allocateTally(Scope scope);

  /** A counter that holds 0. */
  Counter allocateCounter(Scope scope);

  /**
   * A buffer through which matrices of this shape, or of fewer rows, are streamed to the device.
   *
   * @param rows as many as fit 2 GiB
   */
  UploadBuffer allocateUploadBuffer(Scope scope, long rows, int columns);

  /**
   * How many bytes can be planned with: about as many as are free. {@link Long#MAX_VALUE} where
   * only trying would tell.
   */
  long freeBytes();

  /** How many matrices, groups, tallies, counters and recordings there are, for tests of leaks. */
  int openAllocations();

  /** How many bytes the open allocations have. */
  long openBytes();

  /**
   * Fills a matrix from host memory, row by row. The source may be changed as soon as this returns.
   *
   * @param source holds {@code rows × columns} floats from {@code offset} on
   */
  void upload(float[] source, int offset, Matrix destination);

  /**
   * Fills a matrix from a direct buffer, row by row, from the buffer's position on; the position
   * stays. The source may be changed as soon as this returns.
   */
  void upload(FloatBuffer source, Matrix destination);

  /** Copies a matrix to host memory, row by row, and waits for it. */
  void download(Matrix source, float[] destination, int offset);

  /** Waits for the operations so far and reads what the tally holds. */
  Tally.Values read(Tally tally);

  /** Has a tally go on from other sums than 0. */
  void set(Tally tally, Tally.Values values);

  /**
   * Has a counter go on from another number than 0.
   *
   * @param value at least 0
   */
  void set(Counter counter, long value);

  /** Waits until every operation so far has ended. */
  void synchronize();

  /**
   * Refuses targets that {@link OutputOperation.OutputDelta} would refuse, and weights among them
   * that are negative or not finite. Waits.
   *
   * @param columns how many columns the logits have
   */
  void checkTargets(Output output, Matrix targets, int columns);

  /** How many rows an engine should work on at a time when rows have this many columns. */
  long preferredRows(int columns);

  /** Performs an operation; while a recording is made, takes it down instead. */
  void run(Operation<? super Performer> operation);

  /**
   * Performs operations none of which depends on another: those of one kind {@linkplain AtOnce at
   * once}, kinds in the order in which they first occur.
   */
  default void runAtOnce(List<? extends Operation<? super Performer>> operations) {
    Map<Class<?>, List<Operation<? super Performer>>> byKind = new LinkedHashMap<>();
    for (Operation<? super Performer> operation : operations) {
      byKind.computeIfAbsent(operation.getClass(), kind -> new ArrayList<>()).add(operation);
    }
    byKind
        .values()
        .forEach(alike -> run(alike.size() == 1 ? alike.get(0) : new AtOnce<Performer>(alike)));
  }

  /**
   * Takes down the operations that are run within {@code operations}, checks them and performs
   * none. Numbers and operands are taken as they are now; what memory holds, counters included, is
   * read when the recording is replayed. Where the device can, the whole sequence is then started
   * by a single call.
   *
   * <p>What allocates, transfers to or from the host or waits can't be recorded: {@link
   * IllegalStateException}. Nor can {@link OutputOperation.OutputDelta} with softmax output whose
   * targets {@link #checkTargets} has not checked since they were uploaded, where the device
   * couldn't say what is wrong with them.
   *
   * @param scope the recording's owner
   */
  Recording record(Scope scope, Runnable operations);

  /**
   * Performs a recording's operations: the same, to the bit, as those recorded.
   *
   * @throws IllegalStateException also if the scope of an operand has been closed
   */
  void replay(Recording recording);

  /**
   * Frees everything; a second call does nothing. In another thread than the device's it waits for
   * the end of the call under way, and of no other: those that would begin meanwhile or later throw
   * {@link IllegalStateException}. Nobody may be writing to the host memory of an upload buffer.
   */
  @Override
  void close();
}
