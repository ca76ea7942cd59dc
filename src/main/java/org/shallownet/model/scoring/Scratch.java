package org.shallownet.model.scoring;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * The memory in which one row is scored.
 *
 * @see Pool
 */
final class Scratch {
  final float[] row;
  final float[] inputs;
  final float[] even;
  final float[] odd;
  final float[] logits;

  /**
   * Memory for one row at a time.
   *
   * @param widest the units of the widest layer
   */
  Scratch(int columns, int inputs, int widest, int outputs) {
    this.row = new float[columns];
    this.inputs = new float[inputs];
    this.even = new float[widest];
    this.odd = new float[widest];
    this.logits = new float[outputs];
  }

  /**
   * Lends scratch memory to threads. Each has a place where it looks, far enough from the others
   * that threads don't write to the same cache line; one that finds nothing there makes its own.
   */
  static final class Pool {
    private static final int PLACES = 64;

    /** References between two places: 128 bytes or more. */
    private static final int STRIDE = 32;

    private final AtomicReferenceArray<Scratch> places =
        new AtomicReferenceArray<>(PLACES * STRIDE);
    private final Supplier<Scratch> maker;

    Pool(Supplier<Scratch> maker) {
      this.maker = maker;
    }

    private static int place() {
      return (int) (Thread.currentThread().getId() % PLACES) * STRIDE;
    }

    Scratch take() {
      Scratch found = places.getAndSet(place(), null);
      return found == null ? maker.get() : found;
    }

    void giveBack(Scratch scratch) {
      places.lazySet(place(), scratch);
    }
  }
}
