package org.shallownet.backend.device;

import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Host memory and a matrix of the same shape on the device, to which it is copied while the device
 * computes with other matrices: how samples are streamed.
 *
 * <p>Its life goes round: {@link #host} is filled, {@link #send} starts the copy, operations use
 * the matrix, {@link #release} says that those queued so far were the last. Sending again is safe
 * after that, for the copy waits for them; filling the host memory again is, after {@link
 * #awaitSent}.
 *
 * <p>All but the host memory's contents are for the device's thread only. Errors are those of every
 * operation of {@link Device}.
 */
public abstract class UploadBuffer {
  /** How many floats fit a buffer. */
  static final long MOST_FLOATS = (1L << 29) - 1;

  private final FloatBuffer host;
  private final Matrix matrix;
  private final Allocation hostMemory;
  private @Nullable Guard guard;
  private boolean inUse;

  /**
   * A buffer.
   *
   * @param host as many floats as the matrix has
   * @param hostMemory what frees the host memory, before the matrix is freed
   */
  protected UploadBuffer(FloatBuffer host, Allocation hostMemory, Matrix matrix) {
    this.host = host;
    this.hostMemory = hostMemory;
    this.matrix = matrix;
  }

  /** Where to put the next rows, one after the other from index 0 on. */
  public final FloatBuffer host() {
    return host;
  }

  /**
   * Begins to copy the first rows of the host memory to the matrix and does not wait.
   *
   * @return those rows of the matrix; operations from now on see the new values
   * @throws IllegalStateException if what was sent before has not been released
   */
  public final Matrix send(long rows) {
    if (inUse) {
      throw new IllegalStateException("send: what was sent before has not been released");
    }
    Matrix sent = matrix.rows(0, rows);
    guard().run("send", matrix, () -> doSend(sent));
    inUse = true;
    return sent;
  }

  /** Waits until the host memory has been copied, so that it may be filled again. */
  public final void awaitSent() {
    guard().run("awaitSent", matrix, this::doAwaitSent);
  }

  /** Says that the operations so far are the last that use what was sent. */
  public final void release() {
    if (inUse) {
      guard().run("release", matrix, this::doRelease);
      inUse = false;
    }
  }

  private Guard guard() {
    if (guard == null) {
      throw new IllegalStateException("the buffer was not allocated by a device");
    }
    return guard;
  }

  /** How a device checks and runs what is done with a matrix. */
  interface Guard {
    void run(String operation, Matrix matrix, Runnable action);
  }

  final void ownedBy(Guard device, Scope scope) {
    guard = device;
    scope.own(matrix.allocation());
    scope.own(hostMemory);
  }

  /** Begins to copy as many rows of the host memory as this part of the matrix has. */
  protected abstract void doSend(Matrix rows);

  /** See {@link #awaitSent}. */
  protected abstract void doAwaitSent();

  /** See {@link #release}. */
  protected abstract void doRelease();
}
