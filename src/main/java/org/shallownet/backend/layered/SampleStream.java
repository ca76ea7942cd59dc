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
  private static final int SLOTS = 3;

  private final long most;
  private final SampleReader reader;
  private final Deque<Slot> free = new ArrayDeque<>();

  /** Those that are read ahead, in the order of their pieces. */
  private final Deque<Slot> ahead = new ArrayDeque<>();

  private @Nullable Slot current;

  /** Says what is likely to be asked for next. */
  interface Course {
    /** The piece after this one; null if that is not known. */
    @Nullable Piece after(Piece piece);
  }

  /**
   * A stream of samples with this many columns.
   *
   * @param scope owns the buffers and the reading thread
   * @param most how many samples a piece has at most
   */
  SampleStream(Backend backend, Scope scope, long most, int featureColumns, int targetColumns) {
    this.most = most;
    List<Slot> slots = new ArrayList<>();
    for (int i = 0; i < SLOTS; i++) {
      slots.add(
          new Slot(
              backend.allocateUploadBuffer(scope, most, featureColumns),
              backend.allocateUploadBuffer(scope, most, targetColumns)));
    }
    free.addAll(slots);
    reader = new SampleReader(most, featureColumns, targetColumns);
    scope.own(reader);
  }

  /** How many bytes of a device the buffers take. */
  static long bytes(long most, int featureColumns, int targetColumns) {
    return SLOTS * Float.BYTES * most * ((long) featureColumns + targetColumns);
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
  Samples.Resident get(Piece piece, Course course) {
    Slot last = current;
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
    Slot next = ahead.remove();
    try {
      next.send();
    } catch (RuntimeException | Error e) {
      free.add(next);
      throw e;
    }
    current = next;
    Piece following = course.after(ahead.isEmpty() ? piece : ahead.getLast().piece());
    while (following != null && !free.isEmpty()) {
      readAhead(following);
      following = course.after(following);
    }
    return next.samples();
  }

  /** Lets the first of the free buffers be filled. */
  private void readAhead(Piece piece) {
    Slot slot = free.remove();
    ahead.add(slot);
    slot.read(piece, reader);
  }

  private void forgetAhead() {
    while (!ahead.isEmpty()) {
      Slot slot = ahead.remove();
      slot.forget();
      free.add(slot);
    }
  }

  /** A buffer for the features and one for the targets of a piece. */
  private static final class Slot {
    private final UploadBuffer features;
    private final UploadBuffer targets;
    private @Nullable Piece piece;
    private @Nullable Future<?> reading;
    private Samples.@Nullable Resident samples;

    private Slot(UploadBuffer features, UploadBuffer targets) {
      this.features = features;
      this.targets = targets;
    }

    private boolean holds(Piece wanted) {
      return wanted.equals(piece);
    }

    private Piece piece() {
      return Objects.requireNonNull(piece);
    }

    private Samples.Resident samples() {
      return Objects.requireNonNull(samples);
    }

    private void read(Piece next, SampleReader reader) {
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
