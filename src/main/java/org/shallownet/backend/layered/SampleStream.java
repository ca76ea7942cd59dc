package org.shallownet.backend.layered;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.shallownet.backend.Backend;
import org.shallownet.backend.Samples;
import org.shallownet.backend.device.Scope;
import org.shallownet.backend.device.UploadBuffer;

/**
 * Brings samples from the host to a device piece by piece. While the device computes with one
 * piece, the next is being copied and the one after that is being read.
 */
final class SampleStream {
  /** One to compute with, one to copy, one to read. */
  private static final int PIECES = 3;

  private final long most;
  private final SampleReader reader;
  private final Deque<PieceBuffers> free = new ArrayDeque<>();

  /** Those that are read ahead, in the order of their pieces. */
  private final Deque<PieceBuffers> ahead = new ArrayDeque<>();

  private @Nullable PieceBuffers current;

  /** Says what is likely to be asked for next. */
  interface Course {
    /** The piece after this one; null if that is not known. */
    @Nullable StreamedPiece after(StreamedPiece piece);
  }

  /**
   * A stream of samples with this many columns.
   *
   * @param scope owns the buffers and the reading thread
   * @param most how many samples a piece has at most
   */
  SampleStream(Backend backend, Scope scope, long most, int featureColumns, int targetColumns) {
    this.most = most;
    List<PieceBuffers> all = new ArrayList<>();
    for (int i = 0; i < PIECES; i++) {
      all.add(
          new PieceBuffers(
              backend.allocateUploadBuffer(scope, most, featureColumns),
              backend.allocateUploadBuffer(scope, most, targetColumns)));
    }
    free.addAll(all);
    reader = new SampleReader(most, featureColumns, targetColumns);
    scope.own(reader);
  }

  /** How many bytes of a device the buffers take. */
  static long bytes(long most, int featureColumns, int targetColumns) {
    return PIECES * Float.BYTES * most * ((long) featureColumns + targetColumns);
  }

  /** How many samples a piece has at most. */
  long most() {
    return most;
  }

  /**
   * A piece's samples, in memory that is used anew once the next piece is asked for.
   *
   * @throws RuntimeException what the source threw
   */
  Samples.Resident get(StreamedPiece piece, Course course) {
    PieceBuffers last = current;
    if (last != null && last.holds(piece)) {
      return last.samples();
    }
    if (last != null) {
      last.release();
      free.add(last);
      current = null;
    }
    if (!ahead.isEmpty() && !ahead.element().holds(piece)) {
      forgetAhead();
    }
    if (ahead.isEmpty()) {
      readAhead(piece);
    }
    PieceBuffers next = ahead.remove();
    try {
      next.send();
    } catch (RuntimeException | Error e) {
      free.add(next);
      throw e;
    }
    current = next;
    StreamedPiece following = course.after(ahead.isEmpty() ? piece : ahead.getLast().piece());
    while (following != null && !free.isEmpty()) {
      readAhead(following);
      following = course.after(following);
    }
    return next.samples();
  }

  /** Lets the first of the free buffers be filled. */
  private void readAhead(StreamedPiece piece) {
    PieceBuffers buffers = free.remove();
    ahead.add(buffers);
    buffers.read(piece, reader);
  }

  private void forgetAhead() {
    while (!ahead.isEmpty()) {
      PieceBuffers buffers = ahead.remove();
      buffers.forget();
      free.add(buffers);
    }
  }

  /** A buffer for the features and one for the targets of a piece. */
  private static final class PieceBuffers {
    private final UploadBuffer features;
    private final UploadBuffer targets;
    private @Nullable StreamedPiece piece;
    private @Nullable Future<?> reading;
    private Samples.@Nullable Resident samples;

    private PieceBuffers(UploadBuffer features, UploadBuffer targets) {
      this.features = features;
      this.targets = targets;
    }

    private boolean holds(StreamedPiece wanted) {
      return wanted.equals(piece);
    }

    private StreamedPiece piece() {
      return Objects.requireNonNull(piece);
    }

    private Samples.Resident samples() {
      return Objects.requireNonNull(samples);
    }

    private void read(StreamedPiece next, SampleReader reader) {
      features.awaitSent();
      targets.awaitSent();
      piece = next;
      reading = reader.read(next, features.host(), targets.host());
    }

    /** Waits until the piece has been read and has it copied. */
    private void send() {
      SampleReader.await(Objects.requireNonNull(reading));
      int count = piece().count();
      samples =
          new Samples.Resident(
              features.send(count), targets.send(count), piece().source().weighted());
    }

    /**
     * Leaves out the reading if it has not begun. The reader begins nothing else before its end.
     */
    private void forget() {
      Objects.requireNonNull(reading).cancel(false);
    }

    private void release() {
      features.release();
      targets.release();
    }
  }
}
